import { lookup } from 'node:dns/promises';
import { InternalError } from '../../errors.ts';
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
  readonly #servers: readonly HostPort[];
  readonly #random: () => number;
  readonly #lookup: Lookup;
  readonly #addressCounts = new Map<string, number>();
  /** A hanging look-up cannot be cancelled, but it need not be begun twice. */
  readonly #lookups = new Map<string, Promise<readonly string[]>>();
  #turn = 0;
  /** Addresses of the present server's name that have not been tried in its turn. */
  #left: readonly string[] = [];

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
    const address = this.#left[0];
    if (address !== undefined) {
      this.#left = this.#left.slice(1);
      return {
        server: this.#serverAt(this.#turn - 1),
        address: Promise.resolve(address),
      };
    }
    const server = this.#serverAt(this.#turn);
    this.#turn += 1;
    return { server, address: this.#firstAddress(server.host, this.#turn) };
  }

  #serverAt(turn: number): HostPort {
    const server = this.#servers[turn % this.#servers.length];
    if (server === undefined) throw new InternalError('a driver without hosts');
    return server;
  }

  async #firstAddress(host: string, turn: number): Promise<string> {
    const [address, ...rest] = shuffled(await this.#addressesOf(host), this.#random);
    if (address === undefined) throw new InternalError(`no address for ${host}, and no error either`);
    this.#addressCounts.set(host, 1 + rest.length);
    if (turn === this.#turn) this.#left = rest;
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
