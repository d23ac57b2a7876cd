/**
 * How items stand in their znodes: Curator's frame, and behind it what Curator does not read.
 *
 *     int32 0x00010001 · for each item: 0x01, int32 length, bytes · 0x02 · docent's own: a note, if there is any, and a mark of 16 bytes
 *
 * The note is `DLVB` and an int32: the version of the znode from which on its deliveries are counted. Each claim adds one to the version, and so does giving
 * back what nobody was given, or what is left of several items.
 *
 * @see Curator `ItemSerializer`
 */

import { randomUuid } from '../../../src/index.ts';

const version = 0x00010001;
const item = 0x01;
const end = 0x02;
const markBytes = 16;
const note = Buffer.from('DLVB');
const noteBytes = 8;

/** What a put is known by, so that it finds its item again when the reply was lost. */
export function newMark(): Buffer {
  return Buffer.from(randomUuid().replaceAll('-', ''), 'hex');
}

/** One item, framed and marked. */
export function frameItem(payload: Uint8Array, mark: Uint8Array): Buffer {
  const data = Buffer.allocUnsafe(10 + payload.length + mark.length);
  data.writeInt32BE(version, 0);
  data.writeUInt8(item, 4);
  data.writeInt32BE(payload.length, 5);
  data.set(payload, 9);
  data.writeUInt8(end, 9 + payload.length);
  data.set(mark, 10 + payload.length);
  return data;
}

/** What the put that has made this znode is known by, in hexadecimal; if it bears no mark, something that no put is known by. */
export function markOf(data: Buffer): string {
  return data.length > markBytes ? data.toString('hex', data.length - markBytes) : '';
}

/** What an item's znode holds. */
export interface ItemFrame {
  /** One, unless Curator has put several together. */
  readonly items: readonly Buffer[];
  /** The version of the znode from which on deliveries are counted. */
  readonly countedFrom: number;
  /** What follows the end of the items and the note. */
  readonly tail: Buffer;
}

/** @throws {RangeError} saying what is wrong with the frame */
export function readFrame(data: Buffer): ItemFrame {
  const { items, endAt } = itemsAndEnd(data);
  const rest = data.subarray(endAt);
  const hasNote = rest.length >= noteBytes && rest.subarray(0, note.length).equals(note);
  if (!hasNote) return { items, countedFrom: 0, tail: rest };
  return { items, countedFrom: rest.readInt32BE(note.length), tail: rest.subarray(noteBytes) };
}

export function writeFrame({ items, countedFrom, tail }: ItemFrame): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(version);
  const framed = items.flatMap((payload) => [itemHead(payload.length), payload]);
  return Buffer.concat([head, ...framed, Buffer.from([end]), ...(countedFrom === 0 ? [] : [noteOf(countedFrom)]), tail]);
}

function itemHead(length: number): Buffer {
  const head = Buffer.from([item, 0, 0, 0, 0]);
  head.writeInt32BE(length, 1);
  return head;
}

function noteOf(countedFrom: number): Buffer {
  const bytes = Buffer.alloc(noteBytes);
  note.copy(bytes);
  bytes.writeInt32BE(countedFrom, note.length);
  return bytes;
}

function itemsAndEnd(data: Buffer): { readonly items: readonly Buffer[]; readonly endAt: number } {
  if (data.length < 4 || data.readInt32BE(0) !== version) throw new RangeError('it does not begin with the version 00010001');
  const items: Buffer[] = [];
  let at = 4;
  for (let opcode = data.at(at); opcode !== end; opcode = data.at(at)) {
    if (opcode !== item) throw new RangeError(`there is no item and no end at byte ${at}`);
    if (data.length < at + 5) throw new RangeError(`it ends within the length at byte ${at + 1}`);
    const length = data.readInt32BE(at + 1);
    at += 5;
    if (length < 0 || length > data.length - at)
      throw new RangeError(`${length} bytes of an item are to follow byte ${at} of ${data.length}`);
    items.push(data.subarray(at, at + length));
    at += length;
  }
  if (items.length === 0) throw new RangeError('it has no item');
  return { items, endAt: at + 1 };
}
