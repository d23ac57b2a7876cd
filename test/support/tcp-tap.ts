import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy on loopback that keeps what clients send, and cuts connections at will. Without a server behind, it closes them upon their first bytes. */
export class TcpTap implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #sent: Buffer[][];

  private constructor(server: Server, sockets: Set<Socket>, sent: Buffer[][]) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.port = address.port;
    this.#server = server;
    this.#sockets = sockets;
    this.#sent = sent;
  }

  /** @param at where to listen, on loopback */
  static async start(to: number | undefined, at: { readonly host?: string; readonly port?: number } = {}): Promise<TcpTap> {
    const sockets = new Set<Socket>();
    const sent: Buffer[][] = [];
    const keep = (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    };
    const server = createServer((client) => {
      const chunks: Buffer[] = [];
      sent.push(chunks);
      keep(client);
      client.on('data', (chunk) => chunks.push(chunk));
      if (to === undefined) {
        client.once('data', () => client.end());
        return;
      }
      const behind = connect({ host: '127.0.0.1', port: to });
      keep(behind);
      client.pipe(behind).pipe(client);
      client.once('close', () => behind.destroy());
      behind.once('close', () => client.destroy());
    });
    server.listen(at.port ?? 0, at.host ?? '127.0.0.1');
    await once(server, 'listening');
    return new TcpTap(server, sockets, sent);
  }

  get hosts(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** What each connection has sent so far. */
  get sent(): readonly Buffer[] {
    return this.#sent.map((chunks) => Buffer.concat(chunks));
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }
}
