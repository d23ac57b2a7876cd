import { getEventListeners } from 'node:events';
import { filter, firstValueFrom, timeout } from 'rxjs';
import { expect } from 'vitest';
import type { Lease } from '../../recipes/index.ts';
import { type EmbeddedServer, FaultyProxy, startEmbeddedServer } from '../../src/embedded/index.ts';
import { type Client, type ClientOptions, connect, joinPath } from '../../src/index.ts';
import { Capacity } from './capacity.ts';
import { CountingClock, restOf } from './counting-clock.ts';
import { hostList } from './open-session.ts';
import { ownAddress } from './own-address.ts';
import { Sharing } from './sharing.ts';

export interface WorldOptions {
  /** Of its clients, unless they are given another. Default: 10 000, for a busy machine to keep a session by. */
  readonly sessionTimeoutMs?: number;
  /** Puts a wire of its own between each client and the server. Default: false. */
  readonly hasWires?: boolean;
  /** Sessions are ended by hand, not by time: no clock can tell a holder in time, so that only tokens are watched. Default: false. */
  readonly endsByHand?: boolean;
}

// A client at rest, with a session: its driver's next ping, and the end of its session's validity.
const timersAtRest = 2;
// The server's: its reaper, and one more for each session.
const serverTimersAtRest = 1;

const patienceMs = 10_000;
// On a busy machine a hasty session may be over as it is to be closed, and ends on the server by time; any other must be ended by the closing.
const expiryMs = 5_000;

/**
 * An embedded server and its clients. Disposing of it closes the clients and asserts what must hold after any scenario, so that no test can forget it:
 * nobody ever held beside another, and no znode, session, watch, timer or listener is left behind.
 */
export class World implements AsyncDisposable {
  readonly server: EmbeddedServer;
  readonly exclusion: Exclusion;
  /** As `exclusion` does over a lock, it watches over a read-write lock. */
  readonly sharing: Sharing;
  /** What clients could tell nobody else. */
  readonly errors: Error[] = [];
  readonly #clock = new CountingClock();
  readonly #serverClock: CountingClock;
  readonly #lifelong = new AbortController();
  readonly #clients: { readonly client: Client; readonly wire: FaultyProxy | undefined }[] = [];
  readonly #capacities: Capacity[] = [];
  readonly #mayStay: readonly string[];
  readonly #options: WorldOptions;

  private constructor(server: EmbeddedServer, serverClock: CountingClock, mayStay: readonly string[], options: WorldOptions) {
    this.server = server;
    this.#serverClock = serverClock;
    this.#mayStay = mayStay;
    this.#options = options;
    this.exclusion = new Exclusion(options.endsByHand);
    this.sharing = new Sharing(options.endsByHand);
  }

  /** @param mayStay containers that recipes leave to the server's reaper */
  static async start(mayStay: readonly string[] = [], options: WorldOptions = {}): Promise<World> {
    const clock = new CountingClock();
    return new World(await startEmbeddedServer({ host: ownAddress(), minSessionTimeoutMs: 100, clock }), clock, mayStay, options);
  }

  /** One that lives as long as the world and never aborts, as a program's own end would: whoever is given it must not go on listening. */
  get signal(): AbortSignal {
    return this.#lifelong.signal;
  }

  async client(options: Omit<ClientOptions, 'hosts'> = {}): Promise<Client> {
    const { sessionTimeoutMs = 10_000, hasWires = false } = this.#options;
    const wire = hasWires ? await FaultyProxy.start(hostList(this.server.hosts)) : undefined;
    const client = await connect((wire ?? this.server).hosts, { sessionTimeoutMs, clock: this.#clock, ...options });
    this.#clients.push({ client, wire });
    client.errors$.subscribe((error) => this.errors.push(error));
    return client;
  }

  /** To watch over a semaphore of so many leases, as `exclusion` does over a lock. */
  capacity(limit: number): Capacity {
    const capacity = new Capacity(limit, this.#options.endsByHand);
    this.#capacities.push(capacity);
    return capacity;
  }

  /** The number of each client's present session, from 1. */
  get sessionNumbers(): readonly (number | undefined)[] {
    return this.#clients.map(({ client }) => client.session?.number);
  }

  /** The wire of the client whose session that is. */
  wireOf(sessionId: bigint): FaultyProxy | undefined {
    return this.#clients.find(({ client }) => client.session?.id === sessionId)?.wire;
  }

  /**
   * Waits until nothing is left but what may stay, while all sessions still live: the end of a session would hide an ephemeral znode left behind, and
   * that of a client its timers and watches. Times out if something stays.
   */
  async swept(): Promise<void> {
    const observer = await this.client();
    const wanted = new Set(['/zookeeper', ...this.#mayStay]);
    const isSwept = (parent: string) => (children: readonly string[] | null) =>
      children?.every((child) => wanted.has(joinPath(parent, child))) ?? true;
    for (const parent of ['/', ...this.#mayStay]) {
      await firstValueFrom(observer.children$(parent).pipe(filter(isSwept(parent)), timeout(patienceMs)));
    }
    await this.#rested();
  }

  async closeClients(): Promise<void> {
    await Promise.all(this.#clients.map(({ client }) => client.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeClients();
    for (const { wire } of this.#clients) await wire?.close();
    // What stays longer is told below.
    await restOf(new Map([[this.#serverClock, serverTimersAtRest]]), expiryMs).catch(() => {});
    const left = {
      paths: this.server.paths().filter((path) => !this.#mayStay.includes(path)),
      sessions: this.server.sessions(),
      watches: this.server.watchCount,
      timers: this.#clock.pending,
      listeners: getEventListeners(this.signal, 'abort'),
    };
    await this.server.close();
    expect(this.exclusion.violations).toEqual([]);
    expect(this.sharing.violations).toEqual([]);
    expect(this.#capacities.flatMap(({ violations }) => violations)).toEqual([]);
    expect(left).toEqual({ paths: [], sessions: [], watches: 0, timers: [], listeners: [] });
    expect(this.#serverClock.pending, "the server's own").toEqual([]);
  }

  /** Waits until the clients do nothing but keep their sessions, and the server has forgotten those that were given up. */
  async #rested(): Promise<void> {
    const live = this.#clients.filter(({ client }) => client.state !== 'closed');
    for (const { client } of live) await client.connected();
    const [timers, serverTimers] = [timersAtRest * live.length, serverTimersAtRest + live.length];
    await restOf(
      new Map([
        [this.#clock, timers],
        [this.#serverClock, serverTimers],
      ]),
      patienceMs,
    );
    // The removal of a watch that nobody waits for may be under way; it is served before this.
    for (const { client } of live) await client.sync('/');
    expect(this.server.watchCount, 'watches while all are connected').toBe(0);
    expect(getEventListeners(this.signal, 'abort')).toEqual([]);
  }
}

/** Watches over a lock: whoever enters while another's lease is valid, or with a token (and turn) that is not larger than all before, is noted. */
export class Exclusion {
  readonly violations: string[] = [];
  readonly #onlyTokens: boolean;
  readonly #inside = new Set<Lease>();
  #last = { token: 0n, turn: 0 };
  entries = 0;

  constructor(onlyTokens = false) {
    this.#onlyTokens = onlyTokens;
  }

  async enter(lease: Lease, work: () => Promise<void> = async () => {}): Promise<void> {
    for (const other of this.#inside) {
      if (!this.#onlyTokens && other.isValid()) this.violations.push(`${lease.path} entered while ${other.path} was valid`);
    }
    const { token, turn } = this.#last;
    const isLater = lease.token > token || (lease.token === token && lease.turn > turn);
    if (!isLater) this.violations.push(`${lease.path} has token ${lease.token}, turn ${lease.turn}, not later than ${token}, ${turn}`);
    this.#last = { token: lease.token, turn: lease.turn };
    this.#inside.add(lease);
    this.entries += 1;
    try {
      await work();
    } finally {
      this.#inside.delete(lease);
    }
  }
}
