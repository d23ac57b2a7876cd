import { fourLetterWord } from './four-letter-word.ts';
import { freePort, ZooKeeperProcess } from './zookeeper.ts';

/** Three ZooKeeper servers on loopback that form one ensemble. */
export class Ensemble implements AsyncDisposable {
  readonly members: readonly ZooKeeperProcess[];

  private constructor(members: readonly ZooKeeperProcess[]) {
    this.members = members;
  }

  static async start(size = 3): Promise<Ensemble> {
    const config = ['initLimit=50', 'syncLimit=10'];
    for (let id = 1; id <= size; id += 1) config.push(`server.${id}=127.0.0.1:${await freePort()}:${await freePort()}`);
    const members = await Promise.all(Array.from({ length: size }, (_, index) => ZooKeeperProcess.configure({ id: index + 1, config })));
    for (const member of members) member.spawn();
    await Promise.all(members.map((member) => member.ready()));
    return new Ensemble(members);
  }

  get hosts(): string {
    return this.members.map(({ hosts }) => hosts).join(',');
  }

  async leader(): Promise<ZooKeeperProcess> {
    for (const member of this.members) {
      const answer = await fourLetterWord(member.port, 'srvr').catch(() => '');
      if (answer.includes('Mode: leader')) return member;
    }
    throw new Error('the ensemble has no leader');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map((member) => member[Symbol.asyncDispose]()));
  }
}
