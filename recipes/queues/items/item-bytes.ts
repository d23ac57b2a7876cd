/**
 * How items stand in their znodes: Curator's frame, and behind it what Curator does not read.
 *
 *     int32 0x00010001 · for each item: 0x01, int32 length, bytes · 0x02 · a mark of 16 bytes that is docent's own
 *
 * @see Curator `ItemSerializer`
 */

import { randomUuid } from '../../../src/index.ts';

const version = 0x00010001;
const item = 0x01;
const end = 0x02;
const markBytes = 16;

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

/** Was this znode made by the put with that mark? */
export function bearsMark(data: Buffer, mark: Uint8Array): boolean {
  return data.length > markBytes && data.subarray(-markBytes).equals(mark);
}

/**
 * The items in a znode; Curator may put several into one.
 *
 * @throws {RangeError} saying what is wrong with the frame
 */
export function itemsIn(data: Buffer): readonly Buffer[] {
  if (data.length < 4 || data.readInt32BE(0) !== version) throw new RangeError('it does not begin with the version 00010001');
  const items: Buffer[] = [];
  for (let at = 4; ; ) {
    const opcode = data.at(at);
    if (opcode === end) break;
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
  return items;
}
