import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { HostPort } from '../../src/index.ts';

/**
 * A wire that can be cut: a TCP proxy on this machine in front of the ensemble, one for each worker, so that a worker loses its connection
 * while the others keep theirs.
 */
export class Wire implements AsyncDisposable {
  readonly #listener: Server;
  readonly #servers: readonly HostPort[];
  readonly #sockets = new Set<Socket>();
  #connections = 0;
  #isCut = false;

  private constructor(listener: Server, servers: readonly HostPort[]) {
    this.#listener = listener;
    this.#servers = servers;
    listener.on('connection', (socket) => this.#join(socket));
  }

  static async start(servers: readonly HostPort[]): Promise<Wire> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new Wire(listener, servers);
  }

  get address(): string {
    const address = this.#listener.address();
    return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
  }

  /** Ends all connections, and new ones at once, until mended. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #join(downstream: Socket): void {
    // Each new connection goes to the next server, so that a dead one is passed over when the client tries again.
    const server = this.#servers[this.#connections++ % this.#servers.length];
    if (this.#isCut || server === undefined) {
      downstream.destroy();
      return;
    }
    const upstream = connect({ ...server, noDelay: true });
    downstream.setNoDelay(true);
    this.#forward(downstream, upstream);
    this.#forward(upstream, downstream);
  }

  #forward(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.pipe(to);
    // 'close' follows; the other side sees its connection end.
    from.on('error', () => {});
    from.once('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
