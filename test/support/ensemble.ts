import { fourLetterWord } from './four-letter-word.ts';
import { freePorts, ZooKeeperProcess } from './zookeeper.ts';

export interface EnsembleOptions {
  /** Milliseconds. */
  readonly tickMs?: number;
  /** In ticks: how long a follower and its leader may be silent. */
  readonly syncLimit?: number;
}

/** ZooKeeper servers on loopback that form one ensemble. */
export class Ensemble implements AsyncDisposable {
  readonly members: readonly ZooKeeperProcess[];

  private constructor(members: readonly ZooKeeperProcess[]) {
    this.members = members;
  }

  /** Resolves when each of them serves clients. */
  static async start(size = 3, { tickMs, syncLimit = 10 }: EnsembleOptions = {}): Promise<Ensemble> {
    const ensemble = await Ensemble.#configure(size, tickMs, syncLimit);
    try {
      for (const member of ensemble.members) member.spawn();
      await Promise.all(ensemble.members.map((member) => member.ready()));
      return ensemble;
    } catch (error) {
      await ensemble[Symbol.asyncDispose]();
      throw error;
    }
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

  static async #configure(size: number, tickMs: number | undefined, syncLimit: number): Promise<Ensemble> {
    const ports = await freePorts(3 * size);
    const config = ['initLimit=50', `syncLimit=${syncLimit}`];
    for (let at = 0; at < size; at += 1) config.push(`server.${at + 1}=127.0.0.1:${ports[3 * at + 1]}:${ports[3 * at + 2]}`);
    const members = Array.from({ length: size }, (_, at) => {
      const port = ports[3 * at];
      return ZooKeeperProcess.configure({
        id: at + 1,
        config,
        ...(port !== undefined && { port }),
        ...(tickMs !== undefined && { tickMs }),
      });
    });
    return new Ensemble(await Promise.all(members));
  }
}
