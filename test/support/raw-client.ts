import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { errorCodeName } from '../../src/protocol/error-codes.ts';
import { FrameReader } from '../../src/protocol/frame.ts';
import { type ConnectResponse, connectRequest, connectResponse } from '../../src/protocol/handshake.ts';
import { replyHeader, requestHeader, sessionOpcodes, specialXids } from '../../src/protocol/headers.ts';
import { JuteReader, JuteWriter } from '../../src/protocol/jute.ts';
import { operations, type WireOperation, type WireReply, type WireRequest } from '../../src/protocol/operations.ts';
import type { Codec } from '../../src/protocol/record.ts';
import { eventTypes, watcherEvent } from '../../src/protocol/watcher-event.ts';

export interface RawEvent {
  readonly type: string;
  readonly path: string;
}

/** What came back for one request. `body` is undefined where the code is not OK. */
export interface RawReply<T> {
  readonly xid: number;
  readonly zxid: bigint;
  readonly code: string;
  readonly body: T | undefined;
}

interface Pending {
  readonly operation: WireOperation | undefined;
  readonly resolve: (reply: RawReply<unknown>) => void;
  readonly reject: (error: Error) => void;
}

/** One connection that says exactly what it is told, and keeps what it hears, in order. For tests of servers; it has no opinion. */
export class RawClient implements AsyncDisposable {
  /** Watch events, and `reply <operation>` for every reply, in the order of arrival. */
  readonly heard: string[] = [];
  readonly events: RawEvent[] = [];
  readonly #socket: Socket;
  readonly #frames = new FrameReader(64 * 1024 * 1024);
  readonly #pending: Pending[] = [];
  readonly #eventWaiters = new Set<() => void>();
  readonly #handshake = deferred<ConnectResponse>();
  #established = false;
  #xid = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#frames.push(chunk, (frame) => this.#receive(frame)));
    socket.on('error', () => {});
    socket.on('close', () => this.#fail());
    this.#handshake.promise.catch(() => {});
  }

  /** Connects without a handshake. */
  static async open(hosts: string): Promise<RawClient> {
    const [host = '', port = ''] = hosts.split(':');
    const socket = connect({ host, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Connects and asks for a session. */
  static async start(hosts: string, timeoutMs = 10_000): Promise<RawSession> {
    const client = await RawClient.open(hosts);
    const granted = await client.shakeHands({ timeOut: timeoutMs });
    return Object.assign(client, { granted });
  }

  /** Takes a session up again on a new connection. */
  static async resume(hosts: string, { sessionId, passwd, timeOut }: ConnectResponse, lastZxidSeen = 0n): Promise<RawSession> {
    const client = await RawClient.open(hosts);
    const granted = await client.shakeHands({ sessionId, passwd, timeOut, lastZxidSeen });
    return Object.assign(client, { granted });
  }

  shakeHands(request: {
    timeOut: number;
    sessionId?: bigint;
    passwd?: Uint8Array | null;
    lastZxidSeen?: bigint;
  }): Promise<ConnectResponse> {
    const full = { protocolVersion: 0, lastZxidSeen: 0n, sessionId: 0n, passwd: Buffer.alloc(16), readOnly: false, ...request };
    this.write(frame((out) => connectRequest.write(out, full)));
    return this.#handshake.promise;
  }

  /** Sends now, resolves with the reply whatever its code; rejects if the connection closes first. */
  ask<N extends WireOperation>(
    operation: N,
    request: WireRequest<N>,
    xid: number = this.#xidFor(operation),
  ): Promise<RawReply<WireReply<N>>> {
    const { opcode, request: codec } = operations[operation];
    // The request is of this operation, which the types do not follow.
    return this.askRaw(opcode, (out) => (codec as Codec<unknown>).write(out, request), xid, operation) as Promise<RawReply<WireReply<N>>>;
  }

  askRaw(
    opcode: number,
    body: (out: JuteWriter) => void,
    xid: number = this.#nextXid(),
    operation?: WireOperation,
  ): Promise<RawReply<unknown>> {
    const { promise, resolve, reject } = deferred<RawReply<unknown>>();
    this.#pending.push({ operation, resolve, reject });
    this.write(
      frame((out) => {
        requestHeader.write(out, { xid, type: opcode });
        body(out);
      }),
    );
    return promise;
  }

  ping(): Promise<RawReply<unknown>> {
    return this.askRaw(sessionOpcodes.ping, () => {}, specialXids.ping);
  }

  closeSession(): Promise<RawReply<unknown>> {
    return this.askRaw(sessionOpcodes.closeSession, () => {});
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends what follows in one piece, when `uncork` is called. */
  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  /** Resolves when so many events have come in all. */
  async eventCount(count: number): Promise<readonly RawEvent[]> {
    while (this.events.length < count) {
      const { promise, resolve } = deferred<void>();
      this.#eventWaiters.add(resolve);
      await promise;
      this.#eventWaiters.delete(resolve);
    }
    return this.events;
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  /** Resolves when the connection is closed, by whomever. */
  async closed(): Promise<void> {
    // Not `once`, which rejects where an error comes first.
    if (!this.#socket.destroyed) await new Promise((resolve) => this.#socket.once('close', resolve));
  }

  /** Goes without a word. */
  drop(): void {
    this.#socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.drop();
    await this.closed();
  }

  #xidFor(operation: WireOperation): number {
    if (operation === 'auth') return specialXids.auth;
    return operation === 'setWatches' || operation === 'setWatches2' ? specialXids.setWatches : this.#nextXid();
  }

  #nextXid(): number {
    this.#xid += 1;
    return this.#xid;
  }

  #receive(bytes: Buffer): void {
    const input = new JuteReader(bytes);
    if (!this.#established) {
      this.#established = true;
      this.#handshake.resolve(connectResponse.read(input));
      return;
    }
    const header = replyHeader.read(input);
    if (header.xid === specialXids.notification) return this.#hearEvent(input);
    const pending = this.#pending.shift();
    const code = errorCodeName(header.err);
    const codec = pending?.operation === undefined ? undefined : operations[pending.operation].reply;
    const body: unknown = code === 'OK' ? codec?.read(input) : undefined;
    if (codec !== undefined) input.end();
    this.heard.push(`reply ${pending?.operation ?? 'raw'}`);
    pending?.resolve({ xid: header.xid, zxid: header.zxid, code, body });
  }

  #hearEvent(input: JuteReader): void {
    const event = watcherEvent.read(input);
    const type = Object.entries(eventTypes).find(([, number]) => number === event.type)?.[0] ?? String(event.type);
    this.events.push({ type, path: event.path });
    this.heard.push(`${type} ${event.path}`);
    for (const wake of this.#eventWaiters) wake();
  }

  #fail(): void {
    const error = new Error('the connection was closed');
    this.#handshake.reject(error);
    for (const { reject } of this.#pending.splice(0)) reject(error);
  }
}

/** A client that has a session. */
export type RawSession = RawClient & { readonly granted: ConnectResponse };

function frame(write: (out: JuteWriter) => void): Buffer {
  const out = new JuteWriter();
  out.beginFrame();
  write(out);
  out.endFrame();
  return Buffer.concat(out.take());
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void; readonly reject: (error: Error) => void } {
  let settle: [(value: T) => void, (error: Error) => void] = [() => {}, () => {}];
  const promise = new Promise<T>((resolve, reject) => {
    settle = [resolve, reject];
  });
  return { promise, resolve: settle[0], reject: settle[1] };
}
