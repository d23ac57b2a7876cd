import { type EmbeddedServer, type EmbeddedServerOptions, startEmbeddedServer } from '../../../src/embedded/index.ts';
import { openAcl } from '../../../src/znode.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RawClient, type RawReply, type RawSession } from '../../support/raw-client.ts';

/** An embedded server whose time the test moves, and clients that say exactly what they are told. */
export class EmbeddedRig implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly server: EmbeddedServer;
  readonly #clients: RawClient[] = [];

  private constructor(clock: ManualClock, server: EmbeddedServer) {
    this.clock = clock;
    this.server = server;
  }

  static async start(options: EmbeddedServerOptions = {}): Promise<EmbeddedRig> {
    const clock = new ManualClock();
    return new EmbeddedRig(clock, await startEmbeddedServer({ clock, ...options }));
  }

  async session(timeoutMs = 10_000): Promise<RawSession> {
    return this.#kept(await RawClient.start(this.server.hosts, timeoutMs));
  }

  async resumed({ granted }: Pick<RawSession, 'granted'>): Promise<RawSession> {
    return this.#kept(await RawClient.resume(this.server.hosts, granted));
  }

  /** Lets the event loop turn for long enough that all has come that is on its way over loopback; for what must not happen. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client[Symbol.asyncDispose]()));
    await this.server.close();
  }

  #kept<T extends RawClient>(client: T): T {
    this.#clients.push(client);
    return client;
  }
}

/** Flags: 1 is ephemeral, 2 sequential, 4 a container, 5 with a time to live. */
export async function create(session: RawClient, path: string, flags = 0): Promise<RawReply<unknown>> {
  const request = { path, data: null, acl: openAcl, flags };
  return flags === 4 ? session.ask('createContainer', request) : session.ask('create', request);
}

/** The reply's code, or `closed` if the connection was closed first. */
export async function codeOf(reply: Promise<RawReply<unknown>>): Promise<string> {
  return reply.then(
    ({ code }) => code,
    () => 'closed',
  );
}
