import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors/connection.ts';
import { JuteReader } from '../../../src/protocol/jute.ts';
import { type Codec, decode } from '../../../src/protocol/record.ts';
import { encode } from '../../support/encode.ts';
import { samples } from './arbitraries.ts';

describe.each([...samples])('%s', (title, { record, codec, values }) => {
  test('reads back what was written', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(codec, encode(codec, value))).toEqual(value);
      }),
    );
  });

  test('every truncation is refused with the record and the field', () => {
    fc.assert(
      fc.property(values, (value) => {
        const whole = encode(codec, value);
        const named = fieldsOf(value).map((field) => `${record}.${field}`);
        const told = Array.from(whole.keys(), (length) => errorOf(() => decode(codec, whole.subarray(0, length))));
        if (title.startsWith('connect ')) expect(told.pop()).toBeUndefined(); // without its last field: what old peers send
        expect(told.filter((error) => !named.includes(`${error?.record}.${error?.field.split('.')[0]}`))).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });

  test('a byte too many is refused', () => {
    fc.assert(
      fc.property(values, fc.uint8Array({ minLength: 1, maxLength: 9 }), (value, extra) => {
        const error = errorOf(() => decode(codec, Buffer.concat([encode(codec, value), extra])));
        expect(error?.problem).toBe(`${extra.length} bytes too many`);
      }),
      { numRuns: 20 },
    );
  });

  test('corrupt bytes give a value or a ProtocolError, whatever lies around them', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(values, changes, (value, flips) => {
        const bytes = encode(codec, value);
        if (bytes.length === 0) return;
        for (const [at, flip] of flips) bytes.writeUInt8(bytes.readUInt8(at % bytes.length) ^ flip, at % bytes.length);
        readsWithin(codec, bytes);
      }),
    );
  });

  test('random bytes give a value or a ProtocolError, whatever lies around them', () => {
    // Small numbers are plausible lengths and counts; without them nothing would get past the first field.
    const byte = fc.oneof(fc.constantFrom(0, 1, 2, 3, 255), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 160 }), (bytes) => {
        readsWithin(codec, Buffer.from(bytes));
      }),
    );
  });
});

/** Reads `bytes` from the midst of zeros and from the midst of ones: a reader that looks past the end sees the difference. */
function readsWithin(codec: Codec<unknown>, bytes: Buffer): void {
  const [amongZeros, amongOnes] = [0x00, 0xff].map((around) => {
    const surrounded = Buffer.alloc(bytes.length + 200, around);
    surrounded.set(bytes, 100);
    const input = new JuteReader(surrounded.subarray(100, 100 + bytes.length));
    return { value: valueOrError(() => codec.read(input)), left: input.left };
  });
  expect(amongOnes).toEqual(amongZeros);
  expect(amongOnes?.left).toBeGreaterThanOrEqual(0);
}

function valueOrError(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.message;
  }
}

function errorOf(read: () => unknown): ProtocolError | undefined {
  try {
    read();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  return undefined;
}

/** The names of a record's fields; of a multi, the places of its parts and of its end. */
function fieldsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return [...value.keys(), value.length].map(String);
  return Object.keys(value ?? {});
}
