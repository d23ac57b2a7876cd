import { InvalidArgumentError } from '../errors/docent-error.ts';
import type { Connection } from './connection.ts';
import type { Listener } from './listener.ts';
import { type RequestFault, RequestFaults, type RequestMatch, type ServedRequest } from './request-faults.ts';
import type { Sessions } from './sessions.ts';
import type { Tree } from './tree.ts';

/** What can go wrong between a client and a server, at will. */
export interface Faults {
  /** Closes the session's connection, or all connections. Sessions live on until their timeout. */
  dropConnections(sessionId?: bigint): void;
  /** While `refuse` is true, new connections are accepted and closed at once. */
  refuseConnections(refuse: boolean): void;
  /** Stops listening and drops all connections, as if the process had been killed, but keeps znodes and sessions; those do not expire meanwhile. */
  stop(): Promise<void>;
  /** Listens again on the same port; the sessions' timeouts begin anew. */
  start(): Promise<void>;
  /**
   * Neither reads nor answers nor lets sessions expire, and keeps connections open: a stopped process, or a cable that swallows everything.
   * With a session, only that one.
   */
  pause(sessionId?: bigint): void;
  /** Ends every pause. What came meanwhile is served, in order; timeouts begin anew. */
  resume(): void;
  /** Lets everything leave that much later; 0 ends it. */
  delayReplies(ms: number): void;
  /** The next request that fits meets the fault; once. */
  inject(fault: RequestFault, match?: RequestMatch): void;
  /**
   * Sets the counter that numbers the sequential children of a znode, so that what happens near its 32-bit wrap can be seen without two thousand
   * million creates.
   *
   * @throws {InvalidArgumentError} if there is no such znode
   */
  setSequence(path: string, next: number): void;
}

/** What the faults act on. */
export interface FaultTarget {
  readonly connections: ReadonlySet<Connection>;
  readonly sessions: Sessions;
  readonly listener: Listener;
  readonly tree: Tree;
}

export class ServerFaults implements Faults {
  readonly #target: FaultTarget;
  readonly #requestFaults = new RequestFaults();
  readonly #pausedSessions = new Set<bigint>();
  #isPaused = false;
  #isStopped = false;
  #isRefusing = false;
  #latencyMs = 0;

  constructor(target: FaultTarget) {
    this.#target = target;
  }

  get isRefusing(): boolean {
    return this.#isRefusing || this.#isStopped;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** No timer may act: the server plays dead. */
  get isDead(): boolean {
    return this.#isPaused || this.#isStopped;
  }

  get latencyMs(): number {
    return this.#latencyMs;
  }

  meet(request: ServedRequest): RequestFault | undefined {
    return this.#requestFaults.meet(request);
  }

  dropConnections(sessionId?: bigint): void {
    for (const connection of this.#connectionsOf(sessionId)) connection.destroy();
  }

  refuseConnections(refuse: boolean): void {
    this.#isRefusing = refuse;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#freezeSessions();
    this.dropConnections();
    await this.#target.listener.close();
  }

  async start(): Promise<void> {
    await this.#target.listener.open();
    this.#isStopped = false;
    this.#thawSessions();
  }

  pause(sessionId?: bigint): void {
    if (sessionId === undefined) this.#isPaused = true;
    else this.#pausedSessions.add(sessionId);
    this.#freezeSessions();
    for (const connection of this.#connectionsOf(sessionId)) connection.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#pausedSessions.clear();
    this.#thawSessions();
    for (const connection of [...this.#target.connections]) connection.resume();
  }

  delayReplies(ms: number): void {
    this.#latencyMs = ms;
  }

  inject(fault: RequestFault, match: RequestMatch = {}): void {
    this.#requestFaults.add(fault, match);
  }

  setSequence(path: string, next: number): void {
    const znode = this.#target.tree.get(path);
    if (znode === undefined) throw new InvalidArgumentError('path', path, 'must be a znode of this server');
    znode.created = next | 0;
  }

  #connectionsOf(sessionId: bigint | undefined): readonly Connection[] {
    const all = [...this.#target.connections];
    return sessionId === undefined ? all : all.filter(({ session }) => session?.id === sessionId);
  }

  #freezeSessions(): void {
    for (const session of this.#target.sessions.all()) {
      if (this.isDead || this.#pausedSessions.has(session.id)) this.#target.sessions.freeze(session);
    }
  }

  #thawSessions(): void {
    if (this.isDead) return;
    for (const session of this.#target.sessions.all()) {
      if (!this.#pausedSessions.has(session.id)) this.#target.sessions.thaw(session);
    }
  }
}
