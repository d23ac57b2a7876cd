import { filter, firstValueFrom, timeout } from 'rxjs';
import { expect } from 'vitest';
import type { Lease } from '../../recipes/index.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../src/embedded/index.ts';
import { type Client, type ClientOptions, connect, joinPath } from '../../src/index.ts';

/**
 * An embedded server and its clients. Disposing of it closes the clients and asserts what must hold after any scenario, so that no test can forget it:
 * nobody ever held beside another, and no znode, session or watch is left behind.
 */
export class World implements AsyncDisposable {
  readonly server: EmbeddedServer;
  readonly exclusion = new Exclusion();
  readonly #clients: Client[] = [];
  readonly #mayStay: readonly string[];

  private constructor(server: EmbeddedServer, mayStay: readonly string[]) {
    this.server = server;
    this.#mayStay = mayStay;
  }

  /** @param mayStay containers that recipes leave to the server's reaper */
  static async start(mayStay: readonly string[] = []): Promise<World> {
    return new World(await startEmbeddedServer({ minSessionTimeoutMs: 100 }), mayStay);
  }

  async client(options: Omit<ClientOptions, 'hosts'> = {}): Promise<Client> {
    const client = await connect(this.server.hosts, { sessionTimeoutMs: 2_000, ...options });
    this.#clients.push(client);
    return client;
  }

  /**
   * Waits until nothing is left but what may stay, while all sessions still live: the end of a session would hide an ephemeral znode left behind.
   * Times out if something stays.
   */
  async swept(): Promise<void> {
    const observer = await this.client();
    const wanted = new Set(['/zookeeper', ...this.#mayStay]);
    const isSwept = (parent: string) => (children: readonly string[] | null) =>
      children?.every((child) => wanted.has(joinPath(parent, child))) ?? true;
    for (const parent of ['/', ...this.#mayStay]) {
      await firstValueFrom(observer.children$(parent).pipe(filter(isSwept(parent)), timeout(10_000)));
    }
  }

  async closeClients(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeClients();
    const left = {
      paths: this.server.paths().filter((path) => !this.#mayStay.includes(path)),
      sessions: this.server.sessions(),
      watches: this.server.watchCount,
    };
    await this.server.close();
    expect(this.exclusion.violations).toEqual([]);
    expect(left).toEqual({ paths: [], sessions: [], watches: 0 });
  }
}

/** Watches over a lock: whoever enters while another's lease is valid, or with a token that is not larger than all before, is noted. */
export class Exclusion {
  readonly violations: string[] = [];
  readonly #inside = new Set<Lease>();
  #largestToken = 0n;
  entries = 0;

  async enter(lease: Lease, work: () => Promise<void> = async () => {}): Promise<void> {
    for (const other of this.#inside) {
      if (other.isValid()) this.violations.push(`${lease.path} entered while ${other.path} was valid`);
    }
    if (lease.token <= this.#largestToken)
      this.violations.push(`${lease.path} has token ${lease.token}, not larger than ${this.#largestToken}`);
    this.#largestToken = lease.token;
    this.#inside.add(lease);
    this.entries += 1;
    try {
      await work();
    } finally {
      this.#inside.delete(lease);
    }
  }
}
