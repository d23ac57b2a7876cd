import type { EmbeddedServer, Faults } from '../embedded/index.ts';
import { type Client, InvalidArgumentError } from '../index.ts';
import { expireSession } from './expire-session.ts';

/** A ZooKeeper in memory for a test. Made by `startTestZooKeeper`. */
export class EmbeddedZooKeeper implements AsyncDisposable {
  readonly kind = 'embedded';
  /** To look inside: its sessions, znodes, requests and watches. */
  readonly server: EmbeddedServer;

  constructor(server: EmbeddedServer) {
    this.server = server;
  }

  /** The address to give to clients. */
  get hosts(): string {
    return this.server.hosts;
  }

  /** What can go wrong, at will. */
  get faults(): Faults {
    return this.server.faults;
  }

  /**
   * Ends a session as if its timeout had passed; its ephemeral znodes are gone when this resolves. Given a client, it is that client's present session,
   * and the client knows of its end when this resolves: at once, or, while it is cut off, when its own clock tells it.
   *
   * @param of a client, or the id of a session, of whatever client
   * @throws {InvalidArgumentError} the client has no session at present, or no such session lives here
   */
  expireSession(of: Client | bigint): Promise<void> {
    return expireSession(of, async (id) => {
      if (!this.server.sessions().some((session) => session.id === id)) {
        throw new InvalidArgumentError('expireSession.id', `0x${id.toString(16)}`, 'must be a session that lives on this server');
      }
      this.server.expireSession(id);
    });
  }

  /** Ends the server; everything is gone. Idempotent. */
  close(): Promise<void> {
    return this.server.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
