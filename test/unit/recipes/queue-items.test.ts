import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openDeadLetter, sealDeadLetter } from '../../../recipes/queues/items/dead-letter-bytes.ts';
import { delayNames } from '../../../recipes/queues/items/delay-names.ts';
import { fifoNames } from '../../../recipes/queues/items/fifo-names.ts';
import { hasId, idNames } from '../../../recipes/queues/items/id-names.ts';
import { frameItem, markOf, newMark, readFrame, writeFrame } from '../../../recipes/queues/items/item-bytes.ts';
import { isItem, nameAfter, sequenceOf, withoutSequence } from '../../../recipes/queues/items/item-names.ts';
import { priorityNames } from '../../../recipes/queues/items/priority-names.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const sequenced = (prefix: string, number: number) => prefix + number.toString().padStart(10, '0');

describe('the bytes of items', () => {
  test("are Curator's frame, and a mark behind it", () => {
    const mark = hex('000102030405060708090a0b0c0d0e0f');
    expect(frameItem(Buffer.from('hi'), mark)).toEqual(hex('00010001 01 00000002 6869 02 000102030405060708090a0b0c0d0e0f'));
  });

  test("of Curator's are read: one item, several, and empty ones", () => {
    const texts = (bytes: string) => readFrame(hex(bytes)).items.map(String);
    expect(texts('00010001 01 00000002 6869 02')).toEqual(['hi']);
    expect(texts('00010001 01 00000001 61 01 00000000 01 00000002 6262 02')).toEqual(['a', '', 'bb']);
  });

  test('come back as they were put, whatever they are, and are known by their mark alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => {
        const mark = newMark();
        const data = frameItem(payload, mark);
        expect(readFrame(data).items).toEqual([Buffer.from(payload)]);
        expect(markOf(data)).toBe(mark.toString('hex'));
        expect(markOf(data)).not.toBe(newMark().toString('hex'));
      }),
    );
  });

  test('keep their mark, and hold from which version on deliveries are counted, where Curator does not read', () => {
    const mark = newMark();
    const frame = readFrame(frameItem(Buffer.from('hi'), mark));
    expect(frame).toEqual({ items: [Buffer.from('hi')], countedFrom: 0, tail: mark });
    expect(writeFrame(frame)).toEqual(frameItem(Buffer.from('hi'), mark));
    const noted = writeFrame({ ...frame, countedFrom: 12 });
    expect(noted.subarray(0, 12)).toEqual(frameItem(Buffer.from('hi'), mark).subarray(0, 12));
    expect(readFrame(noted)).toEqual({ ...frame, countedFrom: 12 });
    expect(markOf(noted)).toBe(mark.toString('hex'));
    const several = hex('00010001 01 00000001 61 01 00000000 02');
    expect(writeFrame(readFrame(several))).toEqual(several);
    expect(readFrame(writeFrame({ ...readFrame(several), countedFrom: 3 })).countedFrom).toBe(3);
  });

  test('are refused when they end too early, at whatever byte', () => {
    const whole = frameItem(Buffer.from('hello'), Buffer.alloc(0));
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => readFrame(whole.subarray(0, length)).items, `${length} bytes`).toThrow(RangeError);
    }
  });

  test.each([
    ['no frame at all', '68656c6c6f'],
    ['another version', '00010002 01 00000002 6869 02'],
    ['an unknown opcode', '00010001 03 00000002 6869 02'],
    ['a negative length', '00010001 01 ffffffff 6869 02'],
    ['a length past the end', '00010001 01 00000009 6869 02'],
    ['no item', '00010001 02'],
    ['nothing', ''],
  ])('%s is refused', (_, bytes) => {
    expect(() => readFrame(hex(bytes)).items).toThrow(RangeError);
  });

  test('of another znode are not taken for ours because they are as long as a mark', () => {
    const mark = newMark();
    expect(markOf(mark)).not.toBe(mark.toString('hex'));
  });
});

describe('the names of items', () => {
  test.each([
    ['a priority', priorityNames.prefixOf({ priority: 5 }), 'queue-100000005'],
    ['priority 0', priorityNames.prefixOf({ priority: 0 }), 'queue-100000000'],
    ['a negative priority', priorityNames.prefixOf({ priority: -1 }), 'queue-0FFFFFFFF'],
    ['the lowest priority', priorityNames.prefixOf({ priority: -(2 ** 31) }), 'queue-080000000'],
    ['the highest priority', priorityNames.prefixOf({ priority: 2 ** 31 - 1 }), 'queue-17FFFFFFF'],
    ['a due time', delayNames.prefixOf({ dueMs: 0x18f2a4b3c00 }), 'queue-|18F2A4B3C00|'],
    ['an early due time', delayNames.prefixOf({ dueMs: 255 }), 'queue-|000000FF|'],
    ['an id', idNames.prefixOf({ id: 'order-7' }), 'queue-|order-7|'],
    ['an id with separators', idNames.prefixOf({ id: 'a/b|c' }), 'queue-|a_b_c|'],
    ['nothing', fifoNames.prefixOf({}), 'queue-'],
  ])("tell %s as Curator's do", (_, prefix, expected) => {
    expect(prefix).toBe(expected);
  });

  test('of a priority queue sort by priority, and by number where that is the same', () => {
    const priority = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const number = fc.integer({ min: 0, max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(priority, priority, number, number, (a, b, first, second) => {
        const names = [
          sequenced(priorityNames.prefixOf({ priority: a }), first),
          sequenced(priorityNames.prefixOf({ priority: b }), second),
        ];
        const isRight = a < b || (a === b && first <= second);
        expect(priorityNames.sorted(names)).toEqual(isRight ? names : names.toReversed());
      }),
    );
  });

  test('of a delay queue sort by due time as numbers, then by number; those without one are due at once', () => {
    const [late, later] = ['queue-|FFFFFFFF|0000000002', 'queue-|100000000|0000000001'];
    const [same, other] = ['queue-|100000000|0000000009', 'queue-0000000007'];
    expect(delayNames.sorted([same, later, other, late])).toEqual([other, late, later, same]);
    expect([late, later, other, 'queue-|xyz|0000000001'].map(delayNames.dueMs)).toEqual([0xffffffff, 0x100000000, 0, 0]);
  });

  test('of an id queue sort by number whatever the id; those of other kinds among them', () => {
    const names = ['queue-|b|0000000001', 'queue-0000000002', 'queue-|a|0000000003', 'queue-|z|0000000000'];
    expect(idNames.sorted(names)).toEqual(['queue-|z|0000000000', 'queue-|b|0000000001', 'queue-0000000002', 'queue-|a|0000000003']);
  });

  test('are found by id, as it is stored', () => {
    expect(hasId('queue-|a_b|0000000001', 'a/b')).toBe(true);
    expect(hasId('queue-|a_b|0000000001', 'a')).toBe(false);
    expect(hasId('queue-0000000001', '')).toBe(false);
  });

  test('tell their number, and what they were made from', () => {
    expect(['queue-0000000012', 'queue-|a|0000000013', 'queue--2147483648', 'stranger'].map(sequenceOf)).toEqual([12, 13, -2147483648, 0]);
    expect(withoutSequence('queue-1000000050000000012')).toBe('queue-100000005');
    expect(nameAfter('queue-|a|0000000009', 3)).toBe('queue-|a|0000000012');
    expect(['queue-0000000001', 'qn-0000000001', 'config'].map(isItem)).toEqual([true, false, false]);
  });
});

describe('dead letters', () => {
  const obituary = { reason: 'no such customer', deliveries: 3, at: new Date('2026-11-21T12:00:00.000Z'), item: 'queue-0000000012' };

  test('keep the bytes of the item as they were, and tell why', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (data) => {
        expect(openDeadLetter(sealDeadLetter(Buffer.from(data), obituary))).toEqual({ ...obituary, data: Buffer.from(data) });
      }),
    );
  });

  test('can be read as the items that they were', () => {
    const item = frameItem(Buffer.from('hi'), newMark());
    expect(readFrame(sealDeadLetter(item, obituary)).items.map(String)).toEqual(['hi']);
  });

  test('are small, however long the reason', () => {
    const letter = sealDeadLetter(Buffer.alloc(0), { ...obituary, reason: 'x'.repeat(1_000_000) });
    expect(letter.length).toBeLessThan(3_000);
    expect(openDeadLetter(letter)?.reason).toMatch(/^x{2000}$/);
  });

  test.each([
    ['nothing', ''],
    ['an item', '00010001 01 00000002 6869 02'],
    ['a length past the beginning', '7b7d 000000ff 444c5452'],
    ['a negative length', '7b7d ffffffff 444c5452'],
    ['JSON of another kind', '7b7d 00000002 444c5452'],
    ['no JSON', '7b7b 00000002 444c5452'],
  ])('%s is none', (_, bytes) => {
    expect(openDeadLetter(hex(bytes))).toBeUndefined();
  });
});
