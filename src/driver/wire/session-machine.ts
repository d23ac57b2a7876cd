import { AuthFailedError, ConnectionError, ProtocolError } from '../../errors/connection.ts';
import { NotSentError, OutcomeUnknownError, TooManyRequestsError } from '../../errors/operation.ts';
import { RefusedError } from '../../errors/refusal.ts';
import { type SessionEnd, SessionLostError } from '../../errors/session.ts';
import { FrameReader } from '../../protocol/frame.ts';
import { type ConnectResponse, connectRequest, connectResponse } from '../../protocol/handshake.ts';
import { requestHeader, sessionOpcodes } from '../../protocol/headers.ts';
import { JuteWriter } from '../../protocol/jute.ts';
import { decode } from '../../protocol/record.ts';
import type { Credentials, DriverOptions, Notice } from '../driver.ts';
import { Authentication } from './auth.ts';
import { redialDelayMs } from './backoff.ts';
import { Conversation, type ConversationSession } from './conversation.ts';
import type { Exchange } from './exchange.ts';
import { Liveness } from './liveness.ts';
import { PendingRequest } from './pending-request.ts';
import { sessionRefusal } from './refusal.ts';
import { SaslNegotiation } from './sasl.ts';
import { nextState, type SessionEvent, type SessionState } from './session-state.ts';
import { WatchTable } from './watch-table.ts';

export interface MachineOptions
  extends Pick<DriverOptions, 'sessionTimeoutMs' | 'readOnly' | 'auth' | 'maxPendingRequests' | 'maxRequestBytes' | 'maxReplyBytes'> {
  /** How many servers there are to try, as far as is known. */
  serverCount(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Never the same twice, and not to be guessed. */
  nonce(): string;
}

/** What the machine wants done. Only `submit`, `withdraw` and `close` may be called from within. */
export interface MachineOutputs {
  /** Begin to open a connection to the next server, and say `opened` or `broken` later. Returns the server's name. */
  dial(): string;
  /** Drop the connection, or the try to open one, once `lastWords` have been written to it, and say no more of it. */
  hangUp(lastWords?: readonly Buffer[]): void;
  notice(notice: Notice): void;
}

// However many servers there are: name look-up, TCP, TLS and the handshake take their round trips.
const shortestAttemptMs = 100;

// A connection that has lived that long was a good one; trouble after it is new trouble.
const provenMs = 1_000;

// Woken that late, we have not been listening, and what the server said may still lie in the kernel: look there first.
const lateMs = 50;
const lookFirstMs = 20;

/**
 * One session over one connection after the other, without I/O: bytes, requests and instants come in; bytes, replies, notices
 * and the instant to be woken at go out. It never reads a clock.
 */
export class SessionMachine {
  readonly #options: MachineOptions;
  readonly #outputs: MachineOutputs;
  readonly #session: ConversationSession;
  readonly #liveness = new Liveness();
  readonly #out = new JuteWriter();
  readonly #backlog = new Set<PendingRequest>();

  #state: SessionState = 'waiting';
  #frames: FrameReader;
  #sasl: SaslNegotiation | undefined;
  #conversation: Conversation | undefined;
  #sessionId = 0n;
  #password: Uint8Array = new Uint8Array(16);
  #isReadOnly = false;
  /** Has `connected` been told of the session? */
  #wasAttached = false;
  #server = '';
  #end: SessionLostError | undefined;

  #dialAtMs: number;
  #attemptUntilMs = Number.POSITIVE_INFINITY;
  #handshakeSentMs = 0;
  #attachedAtMs = 0;
  #leaveByMs = Number.POSITIVE_INFINITY;
  #listenUntilMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #troubleSinceMs: number;

  constructor(options: MachineOptions, outputs: MachineOutputs, nowMs: number) {
    this.#options = options;
    this.#outputs = outputs;
    this.#frames = new FrameReader(options.maxReplyBytes);
    this.#dialAtMs = nowMs;
    this.#troubleSinceMs = nowMs;
    this.#session = {
      out: this.#out,
      liveness: this.#liveness,
      watches: new WatchTable(),
      auth: new Authentication(options.auth.filter((credentials) => !isSasl(credentials))),
      maxRequestBytes: options.maxRequestBytes,
      event: (type, path) => outputs.notice({ kind: 'event', type, path }),
    };
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The present one, or the last. */
  get server(): string {
    return this.#server;
  }

  /** 0 before the first server has taken us. */
  get sessionId(): bigint {
    return this.#sessionId;
  }

  get sessionTimeoutMs(): number {
    return this.#liveness.timeoutMs;
  }

  get validUntilMs(): number {
    return this.#state === 'over' ? Number.NEGATIVE_INFINITY : this.#liveness.validUntilMs;
  }

  get lastZxid(): bigint {
    return this.#conversation?.lastZxid ?? 0n;
  }

  /** Whether `flush` would have something to do. */
  get hasUnsent(): boolean {
    return this.#state === 'attached' && this.#conversation?.wouldFlush(this.#backlog) === true;
  }

  /** When `tick` has to be called. It may move later without notice, so that a call that comes too early is no harm. */
  get wakeAtMs(): number {
    return this.#nextWake();
  }

  /** What to write to the connection. Call it after every input. */
  take(): readonly Buffer[] {
    return this.#out.take();
  }

  tick(nowMs: number): void {
    if (nowMs - this.wakeAtMs > lateMs) this.#listenUntilMs = nowMs + lookFirstMs;
    if (nowMs >= this.#leaveByMs) return this.#over('closed');
    switch (this.#state) {
      case 'waiting':
        if (nowMs >= this.#dialAtMs) this.#dial(nowMs);
        return;
      case 'dialing':
      case 'handshaking':
      case 'authenticating':
        if (nowMs >= Math.max(this.#attemptUntilMs, this.#listenUntilMs)) this.broken(this.#silence(this.#attemptMs()), nowMs);
        return;
      case 'attached':
        if (nowMs >= this.#silentAtMs) return this.broken(this.#longSilence(nowMs), nowMs);
        if (nowMs >= this.#liveness.askAtMs) this.#conversation?.askForLife(nowMs);
        return;
      case 'leaving':
        if (nowMs >= this.#silentAtMs) this.broken(this.#longSilence(nowMs), nowMs);
        return;
      case 'over':
    }
  }

  /** The connection is open. */
  opened(nowMs: number): void {
    this.#move('opened');
    this.#handshakeSentMs = nowMs;
    this.#out.beginFrame();
    connectRequest.write(this.#out, {
      protocolVersion: 0,
      lastZxidSeen: this.lastZxid,
      timeOut: Math.round(this.#options.sessionTimeoutMs),
      sessionId: this.#sessionId,
      passwd: this.#password,
      readOnly: this.#acceptsReadOnly,
    });
    this.#out.endFrame();
  }

  received(chunk: Buffer, nowMs: number): void {
    this.#liveness.received(nowMs);
    try {
      this.#frames.push(chunk, (frame) => this.#receive(frame, nowMs));
    } catch (error) {
      // The session ended within the chunk, and what follows in it is of no interest.
      if (this.#state === 'over') return;
      // What other servers have taken, another may refuse for reasons of its own: the session need not die of it.
      const isTakenElsewhere = this.#state === 'authenticating' && this.#wasAttached;
      if (error instanceof AuthFailedError && !isTakenElsewhere) this.#over('auth-failed', error);
      else this.broken(error instanceof Error ? error : new ProtocolError('frame', '', String(error), { cause: error }), nowMs);
    }
  }

  /** The connection is gone, or could not be opened. */
  broken(cause: Error, nowMs: number): void {
    const wasAttached = this.#state === 'attached' || this.#state === 'leaving';
    this.#move('broken');
    this.#outputs.hangUp();
    this.#out.take();
    this.#frames = new FrameReader(this.#options.maxReplyBytes);
    this.#planRedial(wasAttached, cause, nowMs);
    this.#outputs.notice(wasAttached ? { kind: 'disconnected', cause } : { kind: 'unreachable', server: this.#server, cause });
    this.#conversation?.abandon(cause);
    if (this.#isLeaving && this.#sessionId === 0n) this.#over('closed');
  }

  submit(request: PendingRequest): void {
    const { maxPendingRequests } = this.#options;
    if (this.#end !== undefined || this.#isLeaving) return this.#refuse(request);
    if (this.#backlog.size + (this.#conversation?.inFlight ?? 0) >= maxPendingRequests) {
      return request.reject(new TooManyRequestsError(request.operation, request.path, maxPendingRequests));
    }
    this.#backlog.add(request);
  }

  /** Nobody waits for it any longer. If it has been sent, its reply is still due. */
  withdraw(request: PendingRequest, reason: unknown): void {
    const wasUnsent = this.#backlog.delete(request);
    if (wasUnsent) request.reject(new NotSentError(request.operation, request.path, reason));
    else request.reject(new OutcomeUnknownError(request.operation, request.path, request.request, reason));
  }

  /** Writes the requests that wait, as many as may be in flight, if there is a server to take them. */
  flush(nowMs: number): void {
    if (this.#state === 'attached') this.#conversation?.flush(this.#backlog, nowMs);
  }

  /** Ends the session on the server, going on for at most `graceMs` without contact. */
  close(graceMs: number, nowMs: number): void {
    if (this.#state === 'over') return;
    const hasSession = this.#sessionId !== 0n;
    this.#leaveByMs = Math.min(this.#leaveByMs, nowMs + graceMs);
    if (this.#state === 'attached') return this.#leave(nowMs);
    // With contact the server is asked, since it may have been stopped as we have; without, the session's end is waited for.
    if (hasSession) this.#leaveByMs = Math.min(this.#leaveByMs, this.#liveness.goneByMs);
    this.#refuseBacklog();
    if (!hasSession && this.#state !== 'handshaking') this.#over('closed');
  }

  #nextWake(): number {
    switch (this.#state) {
      case 'waiting':
        return Math.min(this.#dialAtMs, this.#leaveByMs);
      case 'dialing':
      case 'handshaking':
      case 'authenticating':
        return Math.min(Math.max(this.#attemptUntilMs, this.#listenUntilMs), this.#leaveByMs);
      case 'attached':
        return Math.min(this.#liveness.askAtMs, this.#silentAtMs);
      case 'leaving':
        return Math.min(this.#silentAtMs, this.#leaveByMs);
      case 'over':
        return Number.POSITIVE_INFINITY;
    }
  }

  /** Not before all servers have been asked for more. */
  get #acceptsReadOnly(): boolean {
    return this.#options.readOnly && this.#failures >= this.#options.serverCount();
  }

  get #isLeaving(): boolean {
    return this.#leaveByMs !== Number.POSITIVE_INFINITY;
  }

  get #silentAtMs(): number {
    return Math.max(Math.min(this.#liveness.silentAtMs, this.#liveness.leaderSilentAtMs), this.#listenUntilMs);
  }

  #move(event: SessionEvent): void {
    this.#state = nextState(this.#state, event);
  }

  #longSilence(nowMs: number): ConnectionError {
    if (nowMs >= this.#liveness.silentAtMs) return this.#silence((this.sessionTimeoutMs * 2) / 3);
    return new ConnectionError(this.#server, 'it answers, but has had no word from its leader for too long');
  }

  #silence(forMs: number): ConnectionError {
    return new ConnectionError(this.#server, `nothing came from it for ${Math.round(forMs)} ms`);
  }

  #attemptMs(): number {
    const timeoutMs = this.sessionTimeoutMs || this.#options.sessionTimeoutMs;
    return Math.max(shortestAttemptMs, timeoutMs / this.#options.serverCount());
  }

  #dial(nowMs: number): void {
    this.#move('dial');
    this.#attemptUntilMs = nowMs + this.#attemptMs();
    this.#server = this.#outputs.dial();
  }

  #planRedial(wasAttached: boolean, cause: Error, nowMs: number): void {
    const isNewTrouble = wasAttached && nowMs - this.#attachedAtMs >= provenMs;
    if (isNewTrouble) this.#troubleSinceMs = nowMs;
    this.#failures = isNewTrouble ? 0 : this.#failures + 1;
    const trouble = {
      failures: this.#failures,
      forMs: nowMs - this.#troubleSinceMs,
      isNonsense: cause instanceof ProtocolError,
      sessionTimeoutMs: this.#options.sessionTimeoutMs,
      servers: this.#options.serverCount(),
    };
    this.#dialAtMs = nowMs + redialDelayMs(trouble, this.#options.random());
  }

  #receive(frame: Buffer, nowMs: number): void {
    if (this.#state === 'handshaking') return this.#greeted(this.#greeting(frame), nowMs);
    if (this.#state === 'authenticating') {
      if (this.#sasl?.receive(frame) === true) this.#attach(nowMs);
      return;
    }
    // A frame before has ended the connection, or the session, and this one came in the same chunk.
    if (this.#state !== 'attached' && this.#state !== 'leaving') return;
    this.#conversation?.receive(frame, nowMs);
  }

  #greeting(frame: Buffer): ConnectResponse {
    const refusal = sessionRefusal(frame);
    if (refusal === undefined) return decode(connectResponse, frame);
    throw new ConnectionError(this.#server, refusal);
  }

  #greeted({ timeOut, sessionId, passwd, readOnly }: ConnectResponse, nowMs: number): void {
    const isKnown = this.#sessionId !== 0n;
    if (timeOut <= 0 && isKnown) return this.#over(this.#isLeaving ? 'closed' : 'expired');
    if (timeOut <= 0) throw new ConnectionError(this.#server, 'it gave us no session');
    if (isKnown && sessionId !== this.#sessionId) return this.#replaced(sessionId);
    if (readOnly && !this.#acceptsReadOnly) throw new ConnectionError(this.#server, 'it is in read-only mode');

    this.#sessionId = sessionId;
    this.#password = passwd ?? this.#password;
    this.#isReadOnly = readOnly;
    if (readOnly) this.#liveness.acceptedReadOnly(timeOut, this.#handshakeSentMs, nowMs);
    else this.#liveness.accepted(timeOut, this.#handshakeSentMs, nowMs);
    const sasl = this.#options.auth.find(isSasl);
    if (sasl === undefined) return this.#attach(nowMs);
    this.#move('challenged');
    this.#sasl = new SaslNegotiation(this.#server, this.#out, sasl.credential, this.#options.nonce());
  }

  /** The server knows ours no more and, instead of saying so, has made another, which nobody is going to use: it is not left to its timeout. */
  #replaced(sessionId: bigint): void {
    const cause = new ConnectionError(this.#server, `it does not know our session, and gave us 0x${hex(sessionId)} in its place`);
    this.#out.beginFrame();
    requestHeader.write(this.#out, { xid: 1, type: sessionOpcodes.closeSession });
    this.#out.endFrame();
    this.#over(this.#isLeaving ? 'closed' : 'expired', cause, this.#out.take());
  }

  #attach(nowMs: number): void {
    this.#move('accepted');
    this.#attachedAtMs = nowMs;
    this.#conversation = new Conversation(this.#server, this.#session, this.lastZxid);
    this.#conversation.authenticate(nowMs);
    if (this.#isLeaving) return this.#leave(nowMs);
    this.#conversation.restoreWatches(nowMs);
    this.#outputs.notice({
      kind: 'connected',
      server: this.#server,
      resumed: this.#wasAttached,
      readOnly: this.#isReadOnly,
    });
    this.#wasAttached = true;
    this.flush(nowMs);
  }

  #leave(nowMs: number): void {
    this.#conversation?.flushAll(this.#backlog, nowMs);
    this.#move('left');
    const closed = () => this.#over('closed');
    const failed = (error: unknown) => {
      // Asked again, a server that refuses would refuse again.
      if (error instanceof RefusedError) closed();
    };
    const request = new PendingRequest('close', '/', undefined, closeSession, closed, failed);
    this.#conversation?.send(request, nowMs);
  }

  #over(reason: SessionEnd, cause?: Error, lastWords?: readonly Buffer[]): void {
    if (this.#state === 'over') return;
    this.#end = new SessionLostError(this.#sessionId, reason, { cause });
    this.#move('ended');
    this.#outputs.hangUp(lastWords);
    this.#outputs.notice(cause === undefined ? { kind: 'over', reason } : { kind: 'over', reason, cause });
    this.#conversation?.abandon(this.#end);
    this.#refuseBacklog();
  }

  #refuseBacklog(): void {
    for (const request of this.#backlog) this.#refuse(request);
    this.#backlog.clear();
  }

  #refuse(request: PendingRequest): void {
    const cause = this.#end ?? new SessionLostError(this.#sessionId, 'closed');
    request.reject(new NotSentError(request.operation, request.path, cause));
  }
}

const closeSession: Exchange<unknown, undefined> = {
  opcode: sessionOpcodes.closeSession,
  write() {},
  read: () => undefined,
};

function hex(id: bigint): string {
  return BigInt.asUintN(64, id).toString(16);
}

function isSasl({ scheme }: Credentials): boolean {
  return scheme === 'sasl';
}
