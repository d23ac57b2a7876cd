import type { Notice, OperationName, ReplyOf, RequestOf } from '../../../src/driver/driver.ts';
import { PendingRequest } from '../../../src/driver/wire/pending-request.ts';
import { type MachineOptions, SessionMachine } from '../../../src/driver/wire/session-machine.ts';
import { exchangeFor } from '../../../src/driver/wire/translate.ts';
import { type ErrorCode, errorCodes } from '../../../src/protocol/error-codes.ts';
import { FrameReader } from '../../../src/protocol/frame.ts';
import { type ConnectRequest, connectRequest, connectResponse } from '../../../src/protocol/handshake.ts';
import { replyHeader, sessionOpcodes, specialXids } from '../../../src/protocol/headers.ts';
import { JuteReader, JuteWriter } from '../../../src/protocol/jute.ts';
import { operationOf, operations, type WireOperation, type WireReply } from '../../../src/protocol/operations.ts';
import { decode } from '../../../src/protocol/record.ts';
import { eventTypes, keeperStates, watcherEvent } from '../../../src/protocol/watcher-event.ts';
import type { Stat } from '../../../src/znode.ts';

export const stat: Stat = {
  czxid: 1n,
  mzxid: 2n,
  ctime: 3n,
  mtime: 4n,
  version: 5,
  cversion: 6,
  aversion: 7,
  ephemeralOwner: 0n,
  dataLength: 8,
  numChildren: 9,
  pzxid: 10n,
};

/** What the machine has sent, as the server reads it. */
export interface SentPacket {
  readonly xid: number;
  readonly operation: WireOperation | 'ping' | 'closeSession' | undefined;
  readonly request: unknown;
}

export interface Performed<N extends OperationName> {
  readonly pending: PendingRequest;
  readonly reply: Promise<ReplyOf<N>>;
}

const defaults: MachineOptions = {
  sessionTimeoutMs: 6_000,
  readOnly: false,
  auth: [],
  maxPendingRequests: 100,
  maxRequestBytes: 1_000,
  maxReplyBytes: 10_000,
  serverCount: () => 1,
  random: () => 0.5,
  nonce: () => 'n',
};

/** A machine, and beside it the test in the part of the clock, the socket and the server. */
export class MachineRig {
  readonly machine: SessionMachine;
  readonly notices: Notice[] = [];
  nowMs = 1_000;
  dials = 0;
  hangUps = 0;
  /** Operations that were sent with the word to hang up. */
  lastWords: readonly SentPacket['operation'][] = [];

  constructor(options: Partial<MachineOptions> = {}) {
    this.machine = new SessionMachine(
      { ...defaults, ...options },
      {
        dial: () => {
          this.dials += 1;
          return `server-${this.dials}:2181`;
        },
        hangUp: (lastWords) => {
          this.hangUps += 1;
          this.lastWords = framesOf(lastWords ?? []).map((bytes) => packetOf(bytes).operation);
        },
        notice: (notice) => this.notices.push(notice),
      },
      this.nowMs,
    );
    this.machine.tick(this.nowMs);
  }

  static attached(options: Partial<MachineOptions> = {}): MachineRig {
    const rig = new MachineRig(options);
    rig.attach();
    return rig;
  }

  get kinds(): readonly string[] {
    return this.notices.map(({ kind }) => kind);
  }

  /** Time passes; the machine is woken whenever it asked to be. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    while (this.machine.wakeAtMs <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.machine.wakeAtMs);
      this.machine.tick(this.nowMs);
    }
    this.nowMs = endMs;
  }

  /** The connection opens; gives the machine's greeting. */
  open(): ConnectRequest {
    this.machine.opened(this.nowMs);
    const [greeting] = framesOf(this.machine.take());
    if (greeting === undefined) throw new Error('no greeting');
    return decode(connectRequest, greeting);
  }

  greet({ timeOut = 6_000, sessionId = 77n, readOnly = false } = {}): void {
    this.receive(
      frame((out) => connectResponse.write(out, { protocolVersion: 0, timeOut, sessionId, passwd: Buffer.alloc(16, 7), readOnly })),
    );
  }

  attach(options: { timeOut?: number; sessionId?: bigint } = {}): void {
    this.open();
    this.greet(options);
  }

  /** The connection breaks, and the machine dials again. */
  redial(cause: Error = new Error('cut')): void {
    this.machine.broken(cause, this.nowMs);
    this.pass(1_000);
  }

  perform<N extends OperationName>(name: N, request: RequestOf<N>): Performed<N> {
    let pending: PendingRequest | undefined;
    const reply = new Promise<ReplyOf<N>>((resolve, reject) => {
      pending = new PendingRequest(name, 'path' in request ? request.path : '/', request, exchangeFor(name, request), resolve, reject);
    });
    reply.catch(() => {});
    if (pending === undefined) throw new Error('a promise runs its executor at once');
    this.machine.submit(pending);
    return { pending, reply };
  }

  /** Flushes, and gives all that has been sent since the last call. */
  sent(): readonly SentPacket[] {
    this.machine.flush(this.nowMs);
    return framesOf(this.machine.take()).map(packetOf);
  }

  receive(bytes: Buffer): void {
    this.machine.received(bytes, this.nowMs);
  }

  answer<N extends WireOperation>(xid: number, operation: N, reply: WireReply<N>, zxid = 100n): void {
    this.receive(answerFrame(xid, operation, reply, zxid));
  }

  refuse(xid: number, code: ErrorCode): void {
    this.receive(headerFrame(xid, errorCodes[code]));
  }

  pong(): void {
    this.receive(headerFrame(specialXids.ping));
  }

  event(type: 'created' | 'deleted' | 'changed' | 'children', path: string): void {
    this.receive(eventFrame(type, path));
  }
}

export function answerFrame<N extends WireOperation>(xid: number, operation: N, reply: WireReply<N>, zxid = 100n): Buffer {
  return frame((out) => {
    replyHeader.write(out, { xid, zxid, err: 0 });
    // The table's element for N is the operation whose reply type WireReply<N> is taken from.
    (operations[operation].reply.write as (to: JuteWriter, value: unknown) => void)(out, reply);
  });
}

export function headerFrame(xid: number, err = 0, zxid = 100n): Buffer {
  return frame((out) => replyHeader.write(out, { xid, zxid, err }));
}

export function eventFrame(type: keyof typeof eventTypes | number, path: string): Buffer {
  return frame((out) => {
    replyHeader.write(out, { xid: specialXids.notification, zxid: -1n, err: 0 });
    watcherEvent.write(out, { type: typeof type === 'number' ? type : eventTypes[type], state: keeperStates.syncConnected, path });
  });
}

function frame(write: (out: JuteWriter) => void): Buffer {
  const out = new JuteWriter();
  out.beginFrame();
  write(out);
  out.endFrame();
  return Buffer.concat(out.take());
}

function framesOf(buffers: readonly Buffer[]): readonly Buffer[] {
  const frames: Buffer[] = [];
  new FrameReader(1 << 20).push(Buffer.concat(buffers), (each) => frames.push(each));
  return frames;
}

function packetOf(bytes: Buffer): SentPacket {
  const input = new JuteReader(bytes);
  const xid = input.int();
  const opcode = input.int();
  if (opcode === sessionOpcodes.ping) return { xid, operation: 'ping', request: undefined };
  if (opcode === sessionOpcodes.closeSession) return { xid, operation: 'closeSession', request: undefined };
  const operation = operationOf(opcode);
  return { xid, operation, request: operation && operations[operation].request.read(input) };
}
