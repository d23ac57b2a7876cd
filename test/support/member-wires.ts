import { FaultyProxy } from '../../src/embedded/index.ts';

// server.ID=HOST:PORT FOR PEERS:PORT FOR ELECTIONS:what follows
const linePattern = /^server\.(?<id>\d+)=(?<host>[^:]+):(?<peers>\d+):(?<elections>\d+):(?<rest>.*)$/;

interface Wire {
  readonly from: number;
  readonly to: number;
  readonly peers: FaultyProxy;
  readonly elections: FaultyProxy;
}

/** A wire from each member of an ensemble to each other one, so that some can be kept from the rest. */
export class MemberWires implements AsyncDisposable {
  readonly #lines: readonly string[];
  readonly #wires: readonly Wire[];

  private constructor(lines: readonly string[], wires: readonly Wire[]) {
    this.#lines = lines;
    this.#wires = wires;
  }

  /** @param lines the members as they are, each a `server.ID=…` of the configuration */
  static async start(lines: readonly string[]): Promise<MemberWires> {
    const members = lines.map(parse);
    const pairs = members.flatMap((to) => members.filter((from) => from !== to).map((from) => ({ from: from.id, to })));
    const wires = pairs.map(async ({ from, to }) => ({
      from,
      to: to.id,
      peers: await FaultyProxy.start([{ host: to.host, port: to.peers }]),
      elections: await FaultyProxy.start([{ host: to.host, port: to.elections }]),
    }));
    return new MemberWires(lines, await Promise.all(wires));
  }

  /** The members as one of them is to know them: itself as it is, the others at the end of a wire. */
  viewOf(id: number): readonly string[] {
    return this.#lines.map((line) => {
      const to = parse(line);
      const wire = this.#wires.find((each) => each.from === id && each.to === to.id);
      if (wire === undefined) return line;
      return `server.${to.id}=${to.host}:${portOf(wire.peers)}:${portOf(wire.elections)}:${to.rest}`;
    });
  }

  /** Loses all that goes between one member and the others. */
  isolate(id: number): void {
    for (const proxy of this.#proxiesOf(id)) proxy.swallow();
  }

  mend(id: number): void {
    for (const proxy of this.#proxiesOf(id)) proxy.mend();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#wires.flatMap(({ peers, elections }) => [peers.close(), elections.close()]));
  }

  #proxiesOf(id: number): readonly FaultyProxy[] {
    return this.#wires.filter(({ from, to }) => from === id || to === id).flatMap(({ peers, elections }) => [peers, elections]);
  }
}

function parse(line: string): { id: number; host: string; peers: number; elections: number; rest: string } {
  const groups = linePattern.exec(line)?.groups;
  if (groups === undefined) throw new Error(`no line of a server: ${line}`);
  const { id, host = '', peers, elections, rest = '' } = groups;
  return { id: Number(id), host, peers: Number(peers), elections: Number(elections), rest };
}

function portOf(proxy: FaultyProxy): string {
  return proxy.hosts.replace(/^.*:/, '');
}
