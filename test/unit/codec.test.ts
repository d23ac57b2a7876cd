import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { bytes, type Codec, decodeZnode, encodeValue, int32, int64, json, text } from '../../src/codec.ts';

const day = z.codec(z.iso.date(), z.date(), {
  decode: (written) => new Date(`${written}T00:00:00Z`),
  encode: (date) => date.toISOString().slice(0, 10),
});

function roundTrip<T>(codec: Codec<T>, value: T): T {
  return decodeZnode('/n', codec, Buffer.from(encodeValue('value', codec, value)));
}

test('each codec gives back what it was given', () => {
  expect(roundTrip(text, 'Grüße, \u{1f600}\u0000')).toBe('Grüße, \u{1f600}\u0000');
  expect(roundTrip(text, '\ufeffmarked')).toBe('\ufeffmarked');
  expect(Buffer.from(roundTrip(bytes, Buffer.from([0, 255]))).equals(Buffer.from([0, 255]))).toBe(true);
  expect([-(2 ** 31), -1, 0, 2 ** 31 - 1].map((count) => roundTrip(int32, count))).toEqual([-(2 ** 31), -1, 0, 2 ** 31 - 1]);
  expect([-(2n ** 63n), -1n, 0n, 2n ** 63n - 1n].map((count) => roundTrip(int64, count))).toEqual([-(2n ** 63n), -1n, 0n, 2n ** 63n - 1n]);
  expect(roundTrip(json(z.object({ on: day, tags: z.array(z.string()) })), { on: new Date('2026-02-01'), tags: ['a'] })).toEqual({
    on: new Date('2026-02-01'),
    tags: ['a'],
  });
});

test('integers stand as Curator writes them', () => {
  expect(encodeValue('value', int32, -2)).toEqual(Buffer.from('fffffffe', 'hex'));
  expect(encodeValue('value', int64, -2n)).toEqual(Buffer.from('fffffffffffffffe', 'hex'));
});

describe('data that is not of the kind is told with its znode, what it should be and why it is not', () => {
  test.each<[string, Codec<unknown>, Buffer, RegExp]>([
    ['text', text, Buffer.from([0xc3]), /\/n has data of 1 bytes .* not text in UTF-8/],
    ['int32', int32, Buffer.from([1, 2, 3]), /not a signed big-endian integer of 4 bytes \(3 bytes\)/],
    ['int64', int64, Buffer.alloc(9), /not a signed big-endian integer of 8 bytes \(9 bytes\)/],
    ['no JSON', json(z.string()), Buffer.from('{'), /not JSON/],
    ['empty, as JSON', json(z.string()), Buffer.alloc(0), /not JSON/],
    [
      'JSON that breaks the schema',
      json(z.object({ a: z.object({ b: z.number() }) })),
      Buffer.from('{"a":{"b":"x"}}'),
      /schema \(a\.b: .*number/,
    ],
  ])('%s', (_, codec, data, message) => {
    expect(() => decodeZnode('/n', codec, data)).toThrow(
      expect.objectContaining({ name: 'MalformedDataError', path: '/n', message: expect.stringMatching(message) as string }),
    );
  });
});

describe('a value that cannot be written is refused, naming it and the rule', () => {
  const anything = json(z.any());
  test.each<[string, () => unknown, RegExp]>([
    ['an integer too large', () => encodeValue('item', int32, 2 ** 31), /item: cannot be written as a signed big-endian integer/],
    ['a bigint too large', () => encodeValue('item', int64, 2n ** 63n), /item: cannot be written as a signed big-endian integer of 8/],
    ['a fraction', () => encodeValue('item', int32, 0.5), /item: cannot be written as a signed big-endian integer/],
    ['what breaks the schema', () => encodeValue('item', json(z.object({ n: z.number().max(3) })), { n: 4 }), /item: .*n: .*3/],
    ['a bigint in JSON', () => encodeValue('item', anything, 1n), /BigInt/],
    ['undefined in JSON', () => encodeValue('item', anything, undefined), /no form in JSON/],
  ])('%s', (_, encode, message) => {
    expect(encode).toThrow(
      expect.objectContaining({ name: 'InvalidArgumentError', field: 'item', message: expect.stringMatching(message) as string }),
    );
  });
});
