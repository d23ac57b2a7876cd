import { ProtocolError } from '../errors/connection.ts';
import { type ErrorCode, errorCodes } from '../protocol/error-codes.ts';
import { type RequestHeader, replyHeader, requestHeader, sessionOpcodes, specialXids } from '../protocol/headers.ts';
import { JuteReader } from '../protocol/jute.ts';
import { operationOf, operations, type WireOperation, type WireReply, type WireRequest } from '../protocol/operations.ts';
import type { Codec } from '../protocol/record.ts';
import type { Attachments } from './attachments.ts';
import type { Connection } from './connection.ts';
import type { Database } from './database.ts';
import { execute, type TreeOperation } from './execute.ts';
import { Refusal } from './refusal.ts';
import type { RequestFault, ServedRequest } from './request-faults.ts';
import type { Session } from './sessions.ts';

/** One request on its way to a reply. */
interface Call {
  readonly connection: Connection;
  readonly session: Session;
  readonly xid: number;
  readonly operation: WireOperation | 'closeSession';
  /** Undefined if it cannot be read, or there is none. */
  readonly body: unknown;
}

/** Answers requests, in the order in which they come, and lets faults befall them. */
export class Service {
  readonly #database: Database;
  readonly #attachments: Attachments;
  /** Told of every request before it is applied; says which fault it meets. */
  readonly #received: (request: Omit<ServedRequest, 'number'>) => RequestFault | undefined;

  constructor(
    database: Database,
    attachments: Attachments,
    received: (request: Omit<ServedRequest, 'number'>) => RequestFault | undefined,
  ) {
    this.#database = database;
    this.#attachments = attachments;
    this.#received = received;
  }

  serve(connection: Connection, session: Session, frame: Buffer): void {
    const input = new JuteReader(frame);
    const header = readHeader(input);
    if (header === undefined) return connection.destroy();
    // A ping, or any other question for a sign of life: docent asks by a `sync` with a ping's number.
    if (header.type === sessionOpcodes.ping || header.xid === specialXids.ping) return this.#reply(connection, specialXids.ping, 'OK');
    const operation = header.type === sessionOpcodes.closeSession ? 'closeSession' : operationOf(header.type);
    if (operation === undefined) return this.#turnAway(connection, header.xid, 'UNIMPLEMENTED');
    const call: Call = {
      connection,
      session,
      xid: header.xid,
      operation,
      body: readBody(operation, input),
    };
    const fault = this.#received({
      sessionId: session.id,
      operation,
      path: pathOf(call.body),
    });
    // Whoever was told may have cut the connection.
    if (!connection.isOpen) return;
    if (fault === undefined) this.#answer(call);
    else this.#befall(call, fault);
  }

  #befall(call: Call, fault: RequestFault): void {
    const { connection, session } = call;
    switch (fault.kind) {
      case 'cut-before-apply':
        return connection.finish();
      case 'cut-after-apply':
        connection.finish();
        this.#answer(call);
        // It may have set a watch, for a connection that is gone.
        return this.#attachments.detach(connection);
      case 'cut-after-reply':
        this.#answer(call);
        return connection.finish();
      case 'expire-session':
        return this.#attachments.expire(session);
      case 'refuse':
        return this.#reply(connection, call.xid, fault.code);
      case 'delay':
        connection.holdReplies(fault.ms);
        return this.#answer(call);
    }
  }

  #answer(call: Call): void {
    const { connection, operation } = call;
    if (operation === 'closeSession') return this.#closeSession(call);
    if (operation === 'auth') return this.#authenticate(call);
    if (operation === 'sasl') return this.#turnAway(connection, call.xid, 'AUTHFAILED');
    if (call.body === undefined && operation !== 'whoAmI') return this.#reply(connection, call.xid, 'MARSHALLINGERROR');
    this.#execute(call, operation);
  }

  #execute({ connection, session, xid, body }: Call, operation: TreeOperation): void {
    const requester = {
      database: this.#database,
      sessionId: session.id,
      identities: connection.identities,
      watcher: connection,
    };
    try {
      // The body was read by this operation's codec, which the types do not follow.
      const reply = execute(operation, requester, body as WireRequest<TreeOperation>);
      this.#reply(connection, xid, 'OK', operation, reply);
    } catch (error) {
      if (error instanceof Refusal) this.#reply(connection, xid, error.code);
      else if (error instanceof ProtocolError) this.#reply(connection, xid, 'MARSHALLINGERROR');
      else throw error;
    }
  }

  #closeSession({ connection, session, xid }: Call): void {
    this.#attachments.end(session);
    this.#reply(connection, xid, 'OK');
    connection.finish();
  }

  /** Answers at zxid 0, and refuses with a closed connection. @see ZooKeeper `ZooKeeperServer.processPacket` */
  #authenticate({ connection, xid, body }: Call): void {
    // As above.
    const packet = body as WireRequest<'auth'> | undefined;
    const proven = packet !== undefined && connection.addIdentity(packet.scheme, packet.auth);
    if (!proven) return this.#turnAway(connection, xid, 'AUTHFAILED');
    connection.send((out) => replyHeader.write(out, { xid, zxid: 0n, err: 0 }));
  }

  #turnAway(connection: Connection, xid: number, code: ErrorCode): void {
    connection.send((out) => replyHeader.write(out, { xid, zxid: 0n, err: errorCodes[code] }));
    connection.finish();
  }

  #reply(connection: Connection, xid: number, code: ErrorCode): void;
  #reply(connection: Connection, xid: number, code: 'OK', operation: TreeOperation, reply: WireReply<TreeOperation>): void;
  #reply(connection: Connection, xid: number, code: ErrorCode, operation?: TreeOperation, reply?: WireReply<TreeOperation>): void {
    connection.send((out) => {
      replyHeader.write(out, {
        xid,
        zxid: this.#database.lastZxid,
        err: errorCodes[code],
      });
      // The reply is of the operation's own type, which the types do not follow.
      if (operation !== undefined) (operations[operation].reply as Codec<unknown>).write(out, reply);
    });
  }
}

function readHeader(input: JuteReader): RequestHeader | undefined {
  return unlessMalformed(() => requestHeader.read(input));
}

function readBody(operation: WireOperation | 'closeSession', input: JuteReader): unknown {
  return operation === 'closeSession' ? undefined : unlessMalformed(() => operations[operation].request.read(input));
}

function unlessMalformed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function pathOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const path: unknown = Reflect.get(body, 'path') ?? Reflect.get(body, 'prefixPath');
  return typeof path === 'string' ? path : undefined;
}
