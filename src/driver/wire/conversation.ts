import { AuthFailedError, ConnectionError, ProtocolError } from '../../errors/connection.ts';
import { OutcomeUnknownError, ReplyTooLargeError, RequestTooLargeError } from '../../errors/operation.ts';
import { refusedBy } from '../../errors/refusal.ts';
import { type ErrorCode, errorCodeName } from '../../protocol/error-codes.ts';
import { FrameTooLargeError } from '../../protocol/frame.ts';
import { specialXids } from '../../protocol/headers.ts';
import { JuteReader, type JuteWriter } from '../../protocol/jute.ts';
import { operations, type WireRequest } from '../../protocol/operations.ts';
import { eventTypes, watcherEvent } from '../../protocol/watcher-event.ts';
import type { RequestOf, WatchEventType } from '../driver.ts';
import { pathFromServer } from '../server-paths.ts';
import type { Authentication } from './auth.ts';
import { asItIs, type Exchange } from './exchange.ts';
import { FlightWindow } from './flight-window.ts';
import type { Liveness } from './liveness.ts';
import { PendingRequest } from './pending-request.ts';
import { isSignOfLife, refusalCode } from './refusal.ts';
import { ReplyQueue } from './reply-queue.ts';
import type { WatchTable } from './watch-table.ts';
import { nextXid } from './xid.ts';

/** What a conversation reads and writes of the session that it is part of. */
export interface ConversationSession {
  readonly out: JuteWriter;
  readonly liveness: Liveness;
  readonly watches: WatchTable;
  readonly auth: Authentication;
  readonly maxRequestBytes: number;
  event(type: WatchEventType, path: string): void;
}

// As Java's client: small enough for any server's limit. @see ZooKeeper `ClientCnxn.SET_WATCHES_MAX_LENGTH`
const setWatchesBytes = 128 * 1024;

/** What is said on one connection once a server has taken the session: requests, replies, pings and events. */
export class Conversation {
  readonly server: string;
  readonly #session: ConversationSession;
  readonly #inFlight = new ReplyQueue<PendingRequest>();
  /** When the questions for a sign of life that are not answered yet were sent. */
  readonly #heartbeatsSentMs: number[] = [];
  readonly #window: FlightWindow;
  /** The watches that are still to be set again; undefined once all are. */
  #watchesLeft: Iterator<WireRequest<'setWatches2'>> | undefined;
  #xid = 0;
  #lastZxid: bigint;

  constructor(server: string, session: ConversationSession, lastZxid: bigint) {
    this.server = server;
    this.#session = session;
    this.#lastZxid = lastZxid;
    this.#window = new FlightWindow(session.liveness.timeoutMs);
  }

  /** The highest zxid that any reply has shown, on this connection or before. */
  get lastZxid(): bigint {
    return this.#lastZxid;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Who we are: before all else, since servers may serve nobody else. */
  authenticate(nowMs: number): void {
    for (const request of this.#session.auth.replays()) this.send(request, nowMs);
  }

  /** The watches of the connection before, ahead of all that is flushed; the server tells at once what they would have told since. */
  restoreWatches(nowMs: number): void {
    const { watches, maxRequestBytes } = this.#session;
    this.#watchesLeft = watches.setAgain(this.#lastZxid, Math.min(setWatchesBytes, maxRequestBytes))[Symbol.iterator]();
    this.#restoreWatches(nowMs);
  }

  /** Whether `flush` would send something. */
  wouldFlush(backlog: ReadonlySet<PendingRequest>): boolean {
    return this.#window.hasRoom && (backlog.size > 0 || this.#watchesLeft !== undefined);
  }

  /** Sends as much of the backlog as may be in flight, and takes it out. */
  flush(backlog: Set<PendingRequest>, nowMs: number): void {
    if (this.#watchesLeft !== undefined) this.#restoreWatches(nowMs);
    if (this.#watchesLeft !== undefined) return;
    for (const request of backlog) {
      if (!this.#window.hasRoom) return;
      backlog.delete(request);
      this.send(request, nowMs);
    }
  }

  /** Sends all of it: the session is about to end, and needs no sign of life. */
  flushAll(backlog: Set<PendingRequest>, nowMs: number): void {
    this.#watchesLeft = undefined;
    for (const request of backlog) this.send(request, nowMs);
    backlog.clear();
  }

  /** Writes the request, or settles it here if it cannot be written. */
  send(request: PendingRequest, nowMs: number): void {
    const { out, maxRequestBytes, liveness } = this.#session;
    const xid = this.#xidFor(request.exchange.opcode);
    out.beginFrame();
    try {
      out.int(xid);
      out.int(request.exchange.opcode);
      request.exchange.write(out, request.request);
    } catch (error) {
      out.dropFrame();
      request.reject(error);
      return;
    }
    if (out.frameBytes > maxRequestBytes) {
      const sizeBytes = out.frameBytes;
      out.dropFrame();
      request.reject(new RequestTooLargeError(request.operation, request.path, sizeBytes, maxRequestBytes));
      return;
    }
    const bytes = out.frameBytes;
    out.endFrame();
    if (throughLeader.has(request.exchange.opcode)) liveness.asked(nowMs);
    else liveness.sent(nowMs);
    this.#await(request, xid, bytes, nowMs);
  }

  /**
   * Asks for a sign of life. A `sync` that bears a ping's number: a ping is answered by the server that we are on, a `sync` with its leader's help only,
   * and no server minds the number.
   */
  askForLife(nowMs: number): void {
    const { out, liveness } = this.#session;
    out.beginFrame();
    out.int(specialXids.ping);
    out.int(operations.sync.opcode);
    operations.sync.request.write(out, { path: '/' });
    out.endFrame();
    liveness.asked(nowMs);
    this.#heartbeatsSentMs.push(nowMs);
  }

  /**
   * Takes what the server says.
   *
   * @throws whatever ends the connection; {@link AuthFailedError} ends the session too
   */
  receive(frame: Buffer, nowMs: number): void {
    const input = new JuteReader(frame);
    const xid = input.int();
    const zxid = input.long();
    const err = input.int();
    switch (xid) {
      case specialXids.notification:
        return this.#notified(input);
      case specialXids.ping:
        return this.#showedLife(err);
      case specialXids.auth:
        return this.#authenticated(err);
      default:
        return this.#answered(this.#inFlight.take(xid), zxid, err, input, nowMs);
    }
  }

  /** The connection is gone: whatever was sent and not answered may or may not have been applied. */
  abandon(cause: Error): void {
    const inFlight = this.#inFlight.drain();
    if (cause instanceof FrameTooLargeError) refuseTooLarge(inFlight[0], cause);
    for (const request of [...inFlight, ...this.#session.auth.drain()]) {
      if (!request.isSettled) request.reject(new OutcomeUnknownError(request.operation, request.path, request.request, cause));
    }
  }

  #xidFor(opcode: number): number {
    if (opcode === operations.auth.opcode) return specialXids.auth;
    if (opcode === operations.setWatches.opcode || opcode === operations.setWatches2.opcode) return specialXids.setWatches;
    this.#xid = nextXid(this.#xid);
    return this.#xid;
  }

  #await(request: PendingRequest, xid: number, bytes: number, nowMs: number): void {
    request.xid = xid;
    request.sentAtMs = nowMs;
    // Only `addAuth` has that xid.
    if (xid === specialXids.auth) return this.#session.auth.sent(request, request.request as RequestOf<'addAuth'>);
    this.#window.sent(request, bytes, nowMs);
    this.#inFlight.push(request);
  }

  #restoreWatches(nowMs: number): void {
    while (this.#watchesLeft !== undefined && this.#window.hasRoom) {
      const next = this.#watchesLeft.next();
      if (next.done === true) this.#watchesLeft = undefined;
      else {
        const request = next.value;
        const hasPersistent = request.persistentWatches.length > 0 || request.persistentRecursiveWatches.length > 0;
        // Servers before 3.6 know the older form only, and no persistent watches.
        this.send(setWatchesRequest(request, hasPersistent ? setWatches2 : setWatches), nowMs);
      }
    }
  }

  #notified(input: JuteReader): void {
    const { type, path } = watcherEvent.read(input);
    input.end();
    const name = eventNames.get(type);
    if (name === undefined) {
      // They tell of the session, which the connection itself tells better, or of watches that we removed ourselves.
      if (otherEvents.has(type)) return;
      throw new ProtocolError('WatcherEvent', 'type', `${type} is none that we know, and it may tell of a change`);
    }
    pathFromServer('WatcherEvent', path);
    this.#session.watches.fired(name, path);
    this.#session.event(name, path);
  }

  #showedLife(err: number): void {
    const sentAtMs = this.#heartbeatsSentMs.shift();
    if (sentAtMs === undefined) throw new ProtocolError('ReplyHeader', 'xid', 'an answer to a ping that was not sent');
    this.#seenAlive(sentAtMs, errorCodeName(err), true);
  }

  /** What the leader refuses may as well have been refused before it came there. */
  #seenAlive(sentAtMs: number, code: ErrorCode | 'UNKNOWN', wentThroughLeader: boolean): void {
    const { liveness } = this.#session;
    if (wentThroughLeader && code === 'OK') liveness.confirmed(sentAtMs);
    else if (isSignOfLife(code)) liveness.acknowledged(sentAtMs);
  }

  #authenticated(err: number): void {
    const request = this.#session.auth.answered();
    if (err === 0) return request.resolve(undefined);
    request.reject(refusedBy('AUTHFAILED', request.operation, request.path));
    throw new AuthFailedError((request.request as RequestOf<'addAuth'>).scheme);
  }

  #answered(request: PendingRequest, zxid: bigint, err: number, input: JuteReader, nowMs: number): void {
    const code = errorCodeName(err);
    this.#window.answered(request, nowMs);
    this.#seenAlive(request.sentAtMs, code, throughLeader.has(request.exchange.opcode));
    if (zxid > this.#lastZxid) this.#lastZxid = zxid;
    if (code !== 'OK') return this.#refused(request, code);
    const reply = this.#read(request, input);
    if (reply instanceof Error) return request.reject(reply);
    request.exchange.watches?.(this.#session.watches, request.request, true);
    request.resolve(reply);
  }

  #read(request: PendingRequest, input: JuteReader): unknown {
    try {
      const reply = request.exchange.read(input, request.request);
      input.end();
      return reply;
    } catch (error) {
      // It is out of the queue already, so that nobody else would settle it.
      request.reject(new OutcomeUnknownError(request.operation, request.path, request.request, error));
      throw error;
    }
  }

  #refused(request: PendingRequest, name: ErrorCode | 'UNKNOWN'): void {
    const { operation, path, exchange } = request;
    if (exchange.forgiven?.code === name) {
      exchange.watches?.(this.#session.watches, request.request, false);
      return request.resolve(exchange.forgiven.reply);
    }
    const code = refusalCode(name);
    if (code !== undefined) request.reject(refusedBy(code, operation, path));
    else this.#unclear(request, name);
    if (exchange === setWatches || exchange === setWatches2)
      throw new ConnectionError(this.server, `it refused to set the watches again: ${name}`);
  }

  /** The code speaks of the connection or the session and leaves open what became of the request. */
  #unclear(request: PendingRequest, name: string): void {
    const cause = new ConnectionError(this.server, `it answered ${name}`);
    request.reject(new OutcomeUnknownError(request.operation, request.path, request.request, cause));
    // Another server serves the session now, or none: only a new handshake tells.
    if (name === 'SESSIONMOVED' || name === 'SESSIONEXPIRED') throw cause;
  }
}

/** It was the answer to the oldest request. One that reads a single znode would get the same again. */
function refuseTooLarge(oldest: PendingRequest | undefined, { sizeBytes, limitBytes }: FrameTooLargeError): void {
  if (oldest === undefined || oldest.isSettled || !readsOne.has(oldest.exchange.opcode)) return;
  oldest.reject(new ReplyTooLargeError(oldest.operation, oldest.path, sizeBytes, limitBytes));
}

const readsOne: ReadonlySet<number> = new Set(
  [operations.getChildren, operations.getChildren2, operations.getData, operations.getEphemerals].map(({ opcode }) => opcode),
);

/** What a follower cannot answer by itself. */
const throughLeader: ReadonlySet<number> = new Set(
  [
    operations.create,
    operations.create2,
    operations.createContainer,
    operations.createTtl,
    operations.delete,
    operations.setData,
    operations.setAcl,
    operations.sync,
    operations.multi,
    operations.reconfig,
  ].map(({ opcode }) => opcode),
);

const setWatches: Exchange<WireRequest<'setWatches'>, undefined> = asItIs('setWatches');
const setWatches2: Exchange<WireRequest<'setWatches2'>, undefined> = asItIs('setWatches2');

function setWatchesRequest(request: WireRequest<'setWatches2'>, exchange: Exchange<WireRequest<'setWatches2'>, undefined>): PendingRequest {
  return new PendingRequest('setWatches', '/', request, exchange, ignore, ignore);
}

function ignore(): void {}

const eventNames: ReadonlyMap<number, WatchEventType> = new Map([
  [eventTypes.created, 'created'],
  [eventTypes.deleted, 'deleted'],
  [eventTypes.changed, 'changed'],
  [eventTypes.children, 'children'],
]);

const otherEvents: ReadonlySet<number> = new Set([
  eventTypes.none,
  eventTypes.dataWatchRemoved,
  eventTypes.childWatchRemoved,
  eventTypes.persistentWatchRemoved,
]);
