import { lookup } from 'node:dns/promises';
import { InternalError } from '../../errors/docent-error.ts';
import type { HostPort } from '../driver.ts';

/** All addresses of a name. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** A server to try. */
export interface Candidate {
  readonly server: HostPort;
  /** Looked up when it is its turn, so that a change of the name's addresses is followed. */
  readonly address: Promise<string>;
}

/** Whom to try next: all servers in turn, in a random order of our own so that clients spread, every address of a name in turn too. */
export class Hosts {
  readonly #random: () => number;
  readonly #lookup: Lookup;
  readonly #addressCounts = new Map<string, number>();
  /** A hanging look-up cannot be cancelled, but it need not be begun twice. */
  readonly #lookups = new Map<string, Promise<readonly string[]>>();
  #servers: readonly HostPort[];
  #turn = 0;
  /** The other addresses of the present server's name, which have not been tried in its turn. */
  #left: readonly Candidate[] = [];

  constructor(servers: readonly HostPort[], random: () => number, lookupAddresses: Lookup = lookupAll) {
    this.#servers = shuffled(servers, random);
    this.#random = random;
    this.#lookup = lookupAddresses;
  }

  /** How many servers there are, as far as their names have been looked up. */
  get count(): number {
    return this.#servers.reduce((sum, { host }) => sum + (this.#addressCounts.get(host) ?? 1), 0);
  }

  next(): Candidate {
    const [candidate, ...left] = this.#left;
    if (candidate !== undefined) {
      this.#left = left;
      return candidate;
    }
    const server = this.#servers[this.#turn % this.#servers.length];
    if (server === undefined) throw new InternalError('a driver without hosts');
    this.#turn += 1;
    return { server, address: this.#firstAddress(server, this.#turn) };
  }

  /** That address of the server before all others, once. */
  prefer(server: HostPort, address: string): void {
    this.#left = [{ server, address: Promise.resolve(address) }, ...this.#left];
  }

  /** Other servers, from the next on. */
  replace(servers: readonly HostPort[]): void {
    this.#servers = shuffled(servers, this.#random);
    this.#left = [];
    // A look-up under way belongs to a turn that is over.
    this.#turn += 1;
  }

  async #firstAddress(server: HostPort, turn: number): Promise<string> {
    const { host } = server;
    const [address, ...rest] = shuffled(await this.#addressesOf(host), this.#random);
    if (address === undefined) throw new InternalError(`no address for ${host}, and no error either`);
    this.#addressCounts.set(host, 1 + rest.length);
    if (turn === this.#turn) this.#left = rest.map((other) => ({ server, address: Promise.resolve(other) }));
    return address;
  }

  #addressesOf(host: string): Promise<readonly string[]> {
    const running = this.#lookups.get(host);
    if (running !== undefined) return running;
    const begun = this.#lookup(host).finally(() => this.#lookups.delete(host));
    this.#lookups.set(host, begun);
    return begun;
  }
}

/** `host:port`, with brackets around an IPv6 address. */
export function serverName({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

async function lookupAll(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const left = [...items];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1));
  return order;
}
