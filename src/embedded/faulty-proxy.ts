import { connect, type Socket } from 'node:net';
import { InvalidArgumentError } from '../errors/docent-error.ts';
import { endSession } from './end-session.ts';
import { whenSessionGranted } from './granted-session.ts';
import { Listener } from './listener.ts';

/** Where a proxy passes its connections on to. */
export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
}

/** What it takes to take a session over, and where to find it. */
interface PassingSession {
  readonly password: Uint8Array;
  readonly target: ProxyTarget;
  readonly client: Socket;
}

/**
 * A wire that can be cut: a TCP proxy on 127.0.0.1 in front of any servers, so that one client loses them while others do not. For real servers;
 * the embedded one has faults of its own.
 */
export class FaultyProxy implements AsyncDisposable {
  readonly #listener: Listener;
  readonly #targets: readonly ProxyTarget[];
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Map<bigint, PassingSession>();
  #connections = 0;
  #state: 'whole' | 'cut' | 'swallowing' = 'whole';

  private constructor(targets: readonly ProxyTarget[]) {
    this.#targets = targets;
    this.#listener = new Listener('127.0.0.1', 0, (socket) => this.#join(socket));
  }

  /** Each new connection goes to the next of `targets`, so that a dead one is passed over when the client tries again. */
  static async start(targets: readonly ProxyTarget[]): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(targets);
    await proxy.#listener.open();
    return proxy;
  }

  /** `127.0.0.1:PORT`, for a client to connect to. */
  get hosts(): string {
    return this.#listener.hosts;
  }

  /** How many connections have been made to it. */
  get connections(): number {
    return this.#connections;
  }

  /** Ends all connections, and new ones at once, until mended. */
  cut(): void {
    this.#state = 'cut';
    this.#drop();
  }

  /** From now on every byte is lost in both directions, and no connection ends: what a pulled cable does. Mended, those connections end. */
  swallow(): void {
    this.#state = 'swallowing';
  }

  mend(): void {
    // What has been lost is missing from the streams.
    if (this.#state === 'swallowing') this.#drop();
    this.#state = 'whole';
  }

  /**
   * Ends a session on the server as if its timeout had passed: its ephemeral znodes are gone when this resolves. Its client, of whatever library, loses
   * its connection and is told upon the next; while the wire is cut or swallows, nothing is told. The server's port must be plain, not TLS.
   *
   * The server sees the session taken over and closed: with its password, which the server's greeting has carried through here.
   *
   * @throws {InvalidArgumentError} no such session came through here, or it is over
   * @throws {ConnectionError} the server does not answer
   */
  async expireSession(id: bigint): Promise<void> {
    const session = this.#sessions.get(id);
    if (session === undefined || !(await endSession(session.target, id, session.password))) {
      throw new InvalidArgumentError('expireSession.id', `0x${id.toString(16)}`, 'must be a session that lives and came through this wire');
    }
    // By now it may have come again on another connection.
    if (this.#state === 'whole') this.#sessions.get(id)?.client.destroy();
    this.#sessions.delete(id);
  }

  /** Ends all connections and frees the port. */
  async close(): Promise<void> {
    this.cut();
    await this.#listener.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #drop(): void {
    for (const socket of [...this.#sockets]) socket.destroy();
  }

  #join(downstream: Socket): void {
    const target = this.#targets[this.#connections % this.#targets.length];
    this.#connections += 1;
    if (this.#state === 'cut' || target === undefined) {
      downstream.destroy();
      return;
    }
    const upstream = connect({ ...target, noDelay: true });
    whenSessionGranted(upstream, (id, password) => this.#sessions.set(id, { password, target, client: downstream }));
    this.#forward(downstream, upstream);
    this.#forward(upstream, downstream);
  }

  #forward(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (chunk: Buffer) => {
      if (this.#state === 'swallowing') return;
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => {
      if (this.#state !== 'swallowing') to.end();
    });
    // 'close' follows; the other side sees its connection end.
    from.on('error', () => {});
    from.once('close', () => {
      this.#sockets.delete(from);
      // A pulled cable does not tell of an end either.
      if (this.#state !== 'swallowing') to.destroy();
    });
  }
}
