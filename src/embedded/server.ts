import type { Socket } from 'node:net';
import { type Observable, Subject } from 'rxjs';
import type { CancelTimer } from '../clock.ts';
import { isWithin } from '../path.ts';
import { Attachments } from './attachments.ts';
import { Connection, type ConnectionHandler } from './connection.ts';
import { Database } from './database.ts';
import { type Faults, ServerFaults } from './faults.ts';
import { answerTo, type Report } from './four-letter-words.ts';
import { Listener } from './listener.ts';
import { type EmbeddedServerOptions, type EmbeddedServerSettings, readOptions } from './options.ts';
import { reap } from './reaper.ts';
import type { RequestFault, ServedRequest } from './request-faults.ts';
import { Service } from './service.ts';
import { Sessions } from './sessions.ts';

/** What a session looks like from the server. */
export interface EmbeddedSession {
  readonly id: bigint;
  /** As granted, in milliseconds. */
  readonly timeoutMs: number;
  readonly connected: boolean;
  /** Paths of its ephemeral znodes, in order of creation. */
  readonly ephemerals: readonly string[];
}

/**
 * Starts a ZooKeeper server of one node that keeps everything in memory, for tests, demos and development. It speaks the protocol of
 * ZooKeeper 3.8, so that any client can use it.
 *
 * @throws {InvalidArgumentError} naming the option that breaks a rule
 * @throws what the operating system says if the port cannot be had
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions = {}): Promise<EmbeddedServer> {
  const settings = readOptions(options);
  const server = new EmbeddedServer(settings);
  await server.faults.start();
  settings.logger.warn({ hosts: server.hosts }, 'embedded ZooKeeper server started; it keeps nothing: all is gone when it is closed');
  return server;
}

/** A ZooKeeper in memory, on a TCP port. Made by `startEmbeddedServer`. */
export class EmbeddedServer implements AsyncDisposable {
  readonly #settings: EmbeddedServerSettings;
  readonly #database: Database;
  readonly #sessions: Sessions;
  readonly #attachments: Attachments;
  readonly #service: Service;
  readonly #listener: Listener;
  readonly #faults: ServerFaults;
  readonly #connections = new Set<Connection>();
  readonly #requests = new Subject<ServedRequest>();
  #requestCount = 0;
  #cancelReaper: CancelTimer = () => {};
  #closed: Promise<void> | undefined;

  /** @internal Does no I/O. Use `startEmbeddedServer`. */
  constructor(settings: EmbeddedServerSettings) {
    this.#settings = settings;
    this.#database = new Database(settings.clock);
    this.#sessions = new Sessions(settings.clock, (session) => this.#attachments.expire(session));
    this.#attachments = new Attachments(this.#database, this.#sessions, settings);
    this.#service = new Service(this.#database, this.#attachments, (request) => this.#note(request));
    this.#listener = new Listener(settings.host, settings.port, (socket) => this.#accept(socket));
    const { tree } = this.#database;
    this.#faults = new ServerFaults({
      connections: this.#connections,
      sessions: this.#sessions,
      listener: this.#listener,
      tree,
    });
    this.#reapLater();
  }

  get port(): number {
    return this.#listener.port;
  }

  /** The address to give to clients, such as `127.0.0.1:40123`. */
  get hosts(): string {
    return this.#listener.hosts;
  }

  /** What can go wrong, at will. */
  get faults(): Faults {
    return this.#faults;
  }

  /** Hot: every request as it is received, before it is applied, in order; pings and handshakes are left out. Completes when the server is closed. */
  get requests$(): Observable<ServedRequest> {
    return this.#requests.asObservable();
  }

  /** How many requests have been received. */
  get requestCount(): number {
    return this.#requestCount;
  }

  /** Live watches of all sessions. */
  get watchCount(): number {
    return this.#database.watches.count;
  }

  /** Every znode but the root and those at and below `/zookeeper`, sorted. */
  paths(): readonly string[] {
    return this.#database.tree
      .paths()
      .filter((path) => !isWithin(path, '/zookeeper'))
      .sort();
  }

  /** The sessions that live, oldest first. */
  sessions(): readonly EmbeddedSession[] {
    return this.#sessions.all().map(({ id, timeoutMs }) => ({
      id,
      timeoutMs,
      connected: this.#attachments.connectionOf(id) !== undefined,
      ephemerals: this.#database.tree.ephemerals(id),
    }));
  }

  /** Ends a session as if its timeout had passed: its ephemeral znodes go and its connection is closed. A session that is over already is left alone. */
  expireSession(id: bigint): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) this.#attachments.expire(session);
  }

  /** Closes every connection and forgets everything. Idempotent; resolves when the port is free and no timer is left. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #shutDown(): Promise<void> {
    this.#cancelReaper();
    await this.#faults.stop();
    this.#sessions.close();
    this.#requests.complete();
  }

  #accept(socket: Socket): void {
    if (this.#faults.isRefusing) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, this.#handler);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
    if (this.#faults.isPaused) connection.pause();
  }

  get #handler(): ConnectionHandler {
    return {
      clock: this.#settings.clock,
      maxRequestBytes: this.#settings.maxRequestBytes,
      latencyMs: () => this.#faults.latencyMs,
      handshake: (connection, frame) => this.#attachments.greet(connection, frame),
      request: (connection, session, frame) => {
        this.#sessions.touch(session);
        this.#service.serve(connection, session, frame);
      },
      fourLetterWord: (word) => answerTo(word, this.#report()),
      closed: (connection) => this.#attachments.detach(connection),
    };
  }

  #note(request: Omit<ServedRequest, 'number'>): RequestFault | undefined {
    this.#requestCount += 1;
    const served = { ...request, number: this.#requestCount };
    this.#requests.next(served);
    return this.#faults.meet(served);
  }

  #reapLater(): void {
    const { clock, reaperIntervalMs } = this.#settings;
    this.#cancelReaper = clock.setTimer(
      reaperIntervalMs,
      () => {
        if (!this.#faults.isDead) reap(this.#database, clock.wallTime());
        this.#reapLater();
      },
      { background: true },
    );
  }

  #report(): Report {
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#settings;
    return {
      port: this.port,
      minSessionTimeoutMs,
      maxSessionTimeoutMs,
      connections: [...this.#connections].map((connection) => ({
        peer: connection.peer,
        session: connection.session,
        watched: this.#database.watches.pathsOf(connection),
      })),
      sessions: this.sessions(),
      requests: this.#requestCount,
      lastZxid: this.#database.lastZxid,
      znodes: this.#database.tree.paths().length + 1,
      watches: this.watchCount,
    };
  }
}
