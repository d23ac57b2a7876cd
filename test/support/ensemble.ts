import { fourLetterWord } from './four-letter-word.ts';
import { MemberWires } from './member-wires.ts';
import { freePorts, ZooKeeperProcess } from './zookeeper.ts';

export interface EnsembleOptions {
  /** Milliseconds. */
  readonly tickMs?: number;
  /** In ticks: how long a follower and its leader may be silent. */
  readonly syncLimit?: number;
  /** In ticks: how long a new leader and its followers may take to come together. */
  readonly initLimit?: number;
  /** Whether anybody may change its members. Default: false. */
  readonly reconfig?: boolean;
  /** Whether a member without a quorum serves those who want to read only. Default: false. */
  readonly readOnly?: boolean;
  /** Further flags of each member's JVM. */
  readonly flags?: readonly string[];
  /** Puts wires between the members, so that one can be kept from the others. Default: false. */
  readonly hasWires?: boolean;
}

/** ZooKeeper servers on loopback that form one ensemble. */
export class Ensemble implements AsyncDisposable {
  /** In the order of their numbers, from 1. */
  readonly members: readonly ZooKeeperProcess[];
  readonly #lines: readonly string[];
  readonly #options: EnsembleOptions;
  readonly #wires: MemberWires | undefined;
  readonly #added: ZooKeeperProcess[] = [];

  private constructor(
    members: readonly ZooKeeperProcess[],
    lines: readonly string[],
    wires: MemberWires | undefined,
    options: EnsembleOptions,
  ) {
    this.members = members;
    this.#wires = wires;
    this.#lines = lines;
    this.#options = options;
  }

  /** Resolves when each of them serves clients. */
  static async start(size = 3, options: EnsembleOptions = {}): Promise<Ensemble> {
    const lines = await Promise.all(Array.from({ length: size }, (_, at) => serverLine(at + 1)));
    const wires = options.hasWires === true ? await MemberWires.start(lines) : undefined;
    const members = await Promise.all(lines.map((_, at) => configure(at + 1, wires?.viewOf(at + 1) ?? lines, options)));
    const ensemble = new Ensemble(members, lines, wires, options);
    try {
      for (const member of members) member.spawn();
      await Promise.all(members.map((member) => member.ready()));
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

  /** Loses all that goes between the member and the others, until mended. Its clients still reach it. */
  isolate(member: ZooKeeperProcess): void {
    this.#wires?.isolate(this.members.indexOf(member) + 1);
  }

  mend(member: ZooKeeperProcess): void {
    this.#wires?.mend(this.members.indexOf(member) + 1);
  }

  /** Starts a further server, which follows the ensemble and becomes a member by a `reconfig` of `joining: line`. */
  async addServer(): Promise<{ readonly server: ZooKeeperProcess; readonly line: string }> {
    const id = this.members.length + this.#added.length + 1;
    const line = await serverLine(id);
    const server = await configure(id, [...this.#lines, line], this.#options);
    this.#added.push(server);
    await server.start();
    return { server, line };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.members, ...this.#added].map((member) => member[Symbol.asyncDispose]()));
    await this.#wires?.[Symbol.asyncDispose]();
  }
}

/** As the configuration has it: the ports for its peers, for elections, and for clients. */
async function serverLine(id: number): Promise<string> {
  const [peers, elections, clients] = await freePorts(3);
  return `server.${id}=127.0.0.1:${peers}:${elections}:participant;127.0.0.1:${clients}`;
}

function configure(
  id: number,
  lines: readonly string[],
  { tickMs, syncLimit = 10, initLimit = 50, reconfig = false, readOnly = false, flags = [] }: EnsembleOptions,
): Promise<ZooKeeperProcess> {
  const port = lines
    .find((line) => line.startsWith(`server.${id}=`))
    ?.split(':')
    .at(-1);
  return ZooKeeperProcess.configure({
    id,
    port: Number(port),
    config: [
      `initLimit=${initLimit}`,
      `syncLimit=${syncLimit}`,
      `reconfigEnabled=${reconfig}`,
      'standaloneEnabled=false',
      // Without a quorum no other sessions can be made.
      ...(readOnly ? ['localSessionsEnabled=true', 'localSessionsUpgradingEnabled=true'] : []),
      ...lines,
    ],
    flags: [
      // Else only a super user may change the members.
      ...(reconfig ? ['-Dzookeeper.skipACL=yes'] : []),
      ...(readOnly ? ['-Dreadonlymode.enabled=true'] : []),
      ...flags,
    ],
    ...(tickMs !== undefined && { tickMs }),
  });
}
