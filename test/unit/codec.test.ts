import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { bytes, type Codec, decodeZnode, encodeValue, int32, int64, json, text } from '../../src/codec.ts';
import { gzip } from '../../src/gzip.ts';

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

class Order {
  readonly n = 1;
}

describe('JSON is written only if it can be read back as the same', () => {
  const any = z.any();
  test.each<[string, z.ZodType, unknown]>([
    ['a date', z.object({ at: z.date() }), { at: new Date(1) }],
    ['a date in any place', any, { at: new Date(1) }],
    ['a map', z.object({ m: z.map(z.string(), z.number()) }), { m: new Map([['a', 1]]) }],
    ['a map in any place', any, { m: new Map() }],
    ['a set', z.set(z.string()), new Set(['a'])],
    ['nothing in a list', z.object({ a: z.array(z.number().optional()) }), { a: [1, undefined] }],
    ['nothing in a list that may have null', z.array(z.number().nullish()), [1, undefined]],
    // biome-ignore lint/suspicious/noSparseArray: a hole is the case
    ['a hole in a list', z.array(z.number().nullish()), [1, , 2]],
    ['a function in a list', any, [() => 1]],
    ['a function in a field', any, { f: () => 1 }],
    ['a symbol', any, { s: Symbol('s') }],
    ['NaN', z.object({ a: z.union([z.number(), z.nan()]) }), { a: Number.NaN }],
    ['NaN where null may be', z.union([z.nan(), z.null()]), Number.NaN],
    ['infinity', any, { n: Number.POSITIVE_INFINITY }],
    ['bytes', any, { data: new Uint8Array([1]) }],
    ['a buffer', any, Buffer.from('a')],
    ['an error', any, new Error('x')],
    ['a regular expression', any, /a/],
    ['an object of a class', any, new Order()],
    ['an object of a class that is asked for', z.instanceof(Order), new Order()],
    ['an address', any, new URL('http://localhost')],
    ['a boxed number', any, Object(1)],
    ['what says of itself that it is another', any, { toJSON: () => 5 }],
    ['what the schema takes for something else', z.codec(z.string(), z.number(), { decode: () => 1, encode: String }), 2],
    [
      'what the schema fails to read',
      z.codec(z.string(), z.date(), { decode: () => new Date(Number.NaN), encode: () => 'x' }),
      new Date(1),
    ],
    ['what holds itself', any, circular()],
  ])('%s is refused', (_, schema, value) => {
    expect(() => encodeValue('item', json(schema), value)).toThrow(
      expect.objectContaining({ name: 'InvalidArgumentError', field: 'item' }),
    );
  });

  test.each<[string, z.ZodType, unknown, unknown?]>([
    ['a date that the schema reads again', z.object({ at: z.coerce.date() }), { at: new Date(1) }],
    ['a date by a codec', z.object({ on: day }), { on: new Date('2026-02-01') }],
    ['nothing in a field', z.object({ a: z.number().optional() }), { a: undefined }, {}],
    ['fields that the schema drops', z.object({ a: z.number() }), { a: 1, b: new Date(1) }, { a: 1 }],
    ['fields that it keeps', z.looseObject({ a: z.number() }), { a: 1, b: { c: [null, ''] } }],
    ['an object of a class whose fields the schema names', z.object({ n: z.number() }), new Order(), { n: 1 }],
    ['minus zero', z.number(), -0, 0],
    ['what has no prototype', z.any(), Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['a field of a prototype', z.record(z.string(), z.number()), JSON.parse('{"constructor":1,"toString":2}')],
    ['a value the schema sets', z.object({ a: z.number().default(3) }), { a: 4 }],
    ['half a character', z.string(), '\ud800'],
  ])('%s is written', (_, schema, value, read = value) => {
    expect(roundTrip(json(schema), value)).toEqual(read);
  });

  test('whatever JSON can carry is written and read as the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(roundTrip(json(z.any()), value))).toBe(JSON.stringify(value));
      }),
    );
  });

  test('the error says where', () => {
    expect(() => encodeValue('item', json(z.any()), { a: [1, { b: new Map() }] })).toThrow(
      /a\.1\.b: it would be read back as something else/,
    );
  });
});

function circular(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}

test.each<[string, object, unknown]>([
  ['text with half a character', text, 'a\ud800'],
  ['a number as text', text, 5],
  ['a list as text', text, [1]],
  ['text as bytes', bytes, 'abc'],
  ['a list as bytes', bytes, [1]],
  ['a codec that gives text', { format: 'odd', encode: () => 'abc', decode: () => 1 }, 1],
  ['more than would be inflated', gzip(bytes, { maxBytes: 3 }), Buffer.alloc(4)],
])('%s is refused', (_, codec, value) => {
  expect(() => encodeValue('item', codec as Codec<unknown>, value)).toThrow(
    expect.objectContaining({ name: 'InvalidArgumentError', field: 'item' }),
  );
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
