import { expect, test } from 'vitest';
import type { ErrorCode } from '../../src/protocol/error-codes.ts';
import { errorCodes } from '../../src/protocol/error-codes.ts';
import { FrameReader } from '../../src/protocol/frame.ts';
import { type ConnectRequest, type ConnectResponse, connectRequest, connectResponse } from '../../src/protocol/handshake.ts';
import { replyHeader, requestHeader } from '../../src/protocol/headers.ts';
import { JuteReader, JuteWriter } from '../../src/protocol/jute.ts';
import { operations, type WireOperation, type WireReply, type WireRequest } from '../../src/protocol/operations.ts';
import type { Codec } from '../../src/protocol/record.ts';
import { watcherEvent } from '../../src/protocol/watcher-event.ts';
import type { Stat } from '../../src/znode.ts';
import { readFrames } from './frames.ts';

/** What a golden frame must decode into, record after record, and what must encode into it. */
export interface Expected {
  readonly frame: string;
  readonly parts: readonly Part[];
  /** Where docent writes the same thing otherwise: the peer's bytes and ours, in hex. */
  readonly written?: { readonly theirs: string; readonly ours: string };
}

interface Part {
  readonly value: unknown;
  read(input: JuteReader): unknown;
  write(out: JuteWriter): void;
}

/** One test a frame, both ways, and one that no frame of the file has been left out. */
export function proveFrames(file: string, table: readonly Expected[]): void {
  const frames = readFrames(file);

  test(`every frame of ${file} is expected, once`, () => {
    expect(table.map(({ frame }) => frame).sort()).toEqual(frames.map(({ name }) => name).sort());
  });

  for (const { name, origin, bytes } of frames) {
    test(`${name} of ${file} decodes and encodes (${origin})`, () => {
      const { parts, written } = table.find(({ frame }) => frame === name) ?? { parts: [] };
      const input = new JuteReader(onlyFrameIn(bytes));
      expect(parts.map((part) => part.read(input))).toEqual(parts.map(({ value }) => value));
      input.end();
      const theirs = bytes.toString('hex');
      expect(framed(parts).toString('hex')).toBe(written === undefined ? theirs : theirs.replace(written.theirs, written.ours));
    });
  }
}

export function handshakeRequest(value: ConnectRequest, variant?: string): Expected {
  return { frame: named('connect request', variant), parts: [part(connectRequest, value)] };
}

export function handshakeReply(value: ConnectResponse, variant?: string): Expected {
  return { frame: named('connect reply', variant), parts: [part(connectResponse, value)] };
}

export function request<N extends WireOperation>(name: N, xid: number, value: WireRequest<N>, variant?: string): Expected {
  const header = part(requestHeader, { xid, type: operations[name].opcode });
  // The compiler does not see that the codec of `N` takes the value of `N`.
  const codec = operations[name].request as Codec<WireRequest<N>>;
  return { frame: named(`${name} request`, variant), parts: [header, part(codec, value)] };
}

export function reply<N extends WireOperation>(name: N, xid: number, zxid: bigint, value: WireReply<N>, variant?: string): Expected {
  // As in `request`.
  const codec = operations[name].reply as Codec<WireReply<N>>;
  return { frame: named(`${name} reply`, variant), parts: [part(replyHeader, { xid, zxid, err: 0 }), part(codec, value)] };
}

export function refusal(name: WireOperation, xid: number, zxid: bigint, code: ErrorCode, variant?: string): Expected {
  return { frame: named(`${name} refusal`, variant), parts: [part(replyHeader, { xid, zxid, err: errorCodes[code] })] };
}

export function notification(type: number, path: string, variant: string): Expected {
  const header = part(replyHeader, { xid: -1, zxid: -1n, err: 0 });
  return { frame: named('notification', variant), parts: [header, part(watcherEvent, { type, state: 3, path })] };
}

/** A ping or the end of a session: headers and no more. */
export function bareRequest(name: string, xid: number, type: number): Expected {
  return { frame: `${name} request`, parts: [part(requestHeader, { xid, type })] };
}

export function bareReply(name: string, xid: number, zxid: bigint): Expected {
  return { frame: `${name} reply`, parts: [part(replyHeader, { xid, zxid, err: 0 })] };
}

/** In the order of the wire. */
export function stat(
  ...[czxid, mzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner, dataLength, numChildren, pzxid]: readonly [
    ...zxidsAndTimes: [bigint, bigint, bigint, bigint],
    ...versions: [number, number, number],
    ephemeralOwner: bigint,
    ...sizes: [number, number],
    pzxid: bigint,
  ]
): Stat {
  return { czxid, mzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner, dataLength, numChildren, pzxid };
}

function named(name: string, variant: string | undefined): string {
  return variant === undefined ? name : `${name}, ${variant}`;
}

function part<T>(codec: Codec<T>, value: T): Part {
  return { value, read: (input) => codec.read(input), write: (out) => codec.write(out, value) };
}

function onlyFrameIn(bytes: Buffer): Buffer {
  const found: Buffer[] = [];
  new FrameReader(bytes.length).push(bytes, (frame) => found.push(frame));
  expect(found).toHaveLength(1);
  return found[0] ?? Buffer.alloc(0);
}

function framed(parts: readonly Part[]): Buffer {
  const out = new JuteWriter();
  out.beginFrame();
  for (const each of parts) each.write(out);
  out.endFrame();
  return Buffer.concat(out.take());
}
