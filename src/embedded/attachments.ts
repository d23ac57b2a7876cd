import { ProtocolError } from '../errors/connection.ts';
import { type ConnectRequest, connectRequest } from '../protocol/handshake.ts';
import { JuteReader } from '../protocol/jute.ts';
import { bytes, int, long, record } from '../protocol/record.ts';
import type { Connection } from './connection.ts';
import type { Database } from './database.ts';
import type { Session, Sessions } from './sessions.ts';

export interface SessionTimeoutBounds {
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
}

/**
 * Which connection speaks for which session: handshakes, and what happens to connections and ephemeral znodes when a session ends.
 *
 * @see ZooKeeper `ZooKeeperServer.processConnectRequest`, `reopenSession`, `finishSessionInit`
 */
export class Attachments {
  readonly #database: Database;
  readonly #sessions: Sessions;
  readonly #bounds: SessionTimeoutBounds;
  readonly #attached = new Map<bigint, Connection>();

  constructor(database: Database, sessions: Sessions, bounds: SessionTimeoutBounds) {
    this.#database = database;
    this.#sessions = sessions;
    this.#bounds = bounds;
  }

  connectionOf(sessionId: bigint): Connection | undefined {
    return this.#attached.get(sessionId);
  }

  /** Opens a session, takes one up again, or says that it is over. */
  greet(connection: Connection, frame: Buffer): void {
    const request = readRequest(frame);
    // Who has seen what we have not must look for another server.
    if (request === undefined || request.lastZxidSeen > this.#database.lastZxid) return connection.destroy();
    if (request.sessionId !== 0n && this.#isPaused(request.sessionId)) return connection.pause(frame);
    const timeoutMs = Math.max(this.#bounds.minSessionTimeoutMs, Math.min(this.#bounds.maxSessionTimeoutMs, request.timeOut));
    const session = request.sessionId === 0n ? this.#open(timeoutMs) : this.#reopen(request, timeoutMs);
    if (session !== undefined) {
      connection.attach(session);
      this.#attached.set(session.id, connection);
    }
    respond(connection, session, knowsReadOnly(request, frame));
    if (session === undefined) connection.finish();
  }

  /** The connection is closed: its watches go, its session stays. */
  detach(connection: Connection): void {
    this.#database.watches.removeAll(connection);
    const { session } = connection;
    if (session !== undefined && this.#attached.get(session.id) === connection) this.#attached.delete(session.id);
  }

  /** The session is over: its ephemeral znodes go, all at one zxid. Its connection is the caller's to close. */
  end(session: Session): void {
    this.#sessions.end(session);
    this.#database.write((transaction) => {
      for (const path of this.#database.tree.ephemerals(session.id)) transaction.remove(path);
    });
  }

  expire(session: Session): void {
    const connection = this.#attached.get(session.id);
    this.end(session);
    connection?.finish();
  }

  #isPaused(sessionId: bigint): boolean {
    return this.#sessions.get(sessionId)?.isFrozen ?? false;
  }

  #open(timeoutMs: number): Session {
    // Opening a session is a transaction, though it changes no znode.
    this.#database.write(() => {});
    return this.#sessions.open(timeoutMs);
  }

  /** A session has one connection: the older one is closed, before the password is looked at. */
  #reopen({ sessionId, passwd }: ConnectRequest, timeoutMs: number): Session | undefined {
    this.#attached.get(sessionId)?.finish();
    const session = this.#sessions.get(sessionId);
    if (session === undefined || passwd === null || !session.password.equals(passwd)) return undefined;
    this.#sessions.renew(session, timeoutMs);
    return session;
  }
}

function readRequest(frame: Buffer): ConnectRequest | undefined {
  try {
    return connectRequest.read(new JuteReader(frame));
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** The answer as clients before 3.4 expect it: without the flag that says whether the server is read-only. */
const sessionGrant = record('ConnectResponse', {
  protocolVersion: int,
  timeOut: int,
  sessionId: long,
  passwd: bytes,
});

/** Those clients, go-zookeeper among them, do not send that flag either. */
function knowsReadOnly({ passwd }: ConnectRequest, frame: Buffer): boolean {
  const bytesWithout = 28 + (passwd?.length ?? 0);
  return frame.length > bytesWithout;
}

function respond(connection: Connection, session: Session | undefined, withReadOnly: boolean): void {
  connection.send((out) => {
    sessionGrant.write(out, {
      protocolVersion: 0,
      timeOut: session?.timeoutMs ?? 0,
      sessionId: session?.id ?? 0n,
      passwd: session?.password ?? Buffer.alloc(16),
    });
    if (withReadOnly) out.bool(false);
  });
}
