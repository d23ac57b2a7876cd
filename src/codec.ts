import type { z } from 'zod';
import { describeCause, InvalidArgumentError } from './errors/docent-error.ts';
import { MalformedDataError } from './errors/recipes/foreign-data.ts';
import { firstDifference } from './same-json.ts';

/** How values of one kind stand in znodes. Both directions throw, whatever they like, on what is not of the kind. */
export interface Codec<T> {
  /** What the bytes are, for error messages: `JSON`, `a signed big-endian integer of 4 bytes`. */
  readonly format: string;
  encode(value: T): Uint8Array;
  decode(data: Buffer): T;
}

/** Bytes as they are. */
export const bytes: Codec<Uint8Array> = {
  format: 'bytes',
  encode(value) {
    if (!(value instanceof Uint8Array)) throw new TypeError('it is no Uint8Array');
    return value;
  },
  decode: (data) => data,
};

/** For whom only the stat counts: stores no data, and whoever reads with it need not read them. */
export const noData: Codec<undefined> = {
  format: 'nothing',
  encode: () => Buffer.alloc(0),
  decode: () => undefined,
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

// What is no character has no form in UTF-8, and would be replaced.
const loneSurrogate = /\p{Surrogate}/u;

/** UTF-8; bytes that are not are refused, not replaced, and so is text that has no form in it. */
export const text: Codec<string> = {
  format: 'text in UTF-8',
  encode(value) {
    if (typeof value !== 'string') throw new TypeError('it is no string');
    if (loneSurrogate.test(value)) throw new TypeError('it has half a character in it (a lone surrogate), which UTF-8 cannot carry');
    return Buffer.from(value);
  },
  decode: (data) => utf8.decode(data),
};

/**
 * A signed big-endian integer of 4 bytes.
 *
 * @see Curator `SharedCount.toBytes`
 */
export const int32: Codec<number> = {
  format: 'a signed big-endian integer of 4 bytes',
  encode(value) {
    // Node's own check is of the range only.
    if (!Number.isInteger(value)) throw new RangeError('it is not an integer');
    const data = Buffer.alloc(4);
    data.writeInt32BE(value);
    return data;
  },
  decode(data) {
    if (data.length !== 4) throw new RangeError(`${data.length} bytes`);
    return data.readInt32BE();
  },
};

/**
 * A signed big-endian integer of 8 bytes.
 *
 * @see Curator `DistributedAtomicLong`
 */
export const int64: Codec<bigint> = {
  format: 'a signed big-endian integer of 8 bytes',
  encode(value) {
    const data = Buffer.alloc(8);
    data.writeBigInt64BE(value);
    return data;
  },
  decode(data) {
    if (data.length !== 8) throw new RangeError(`${data.length} bytes`);
    return data.readBigInt64BE();
  },
};

/**
 * JSON of what `schema` describes, checked in both directions. A schema with codecs (`z.codec`, for dates say) stores its input side and
 * gives its output side; a schema with one-way transforms cannot be written. Fields that the schema does not name are kept or dropped as the
 * schema says (`z.looseObject`, `z.object`).
 *
 * What is written can be read: `encode` reads its own bytes, and throws where they do not come to the same value again. JSON has no dates, maps, bytes,
 * objects of a class, NaN, or holes in lists: write them by a codec (`z.codec`), or a date by `z.coerce.date()`.
 */
export function json<S extends z.ZodType>(schema: S): Codec<z.output<S>> {
  return {
    format: 'JSON that fits its schema',
    encode(value) {
      const stored = valid(schema.safeEncode(value));
      const written = JSON.stringify(stored);
      // The types say that this cannot be; `undefined` and functions have no form in JSON.
      if (written === undefined) throw new TypeError('it has no form in JSON');
      checkReadable(schema, stored, JSON.parse(written));
      return Buffer.from(written);
    },
    decode: (data) => valid(schema.safeParse(JSON.parse(utf8.decode(data)))),
  };
}

/** @throws {TypeError} whoever reads `parsed` gets an error, or not the value that is `stored` */
function checkReadable(schema: z.ZodType, stored: unknown, parsed: unknown): void {
  const value = valid(schema.safeParse(parsed), 'it could not be read back: ');
  if (firstDifference(stored, value) === undefined) return;
  // A schema with codecs stores something else than it gives.
  const difference = firstDifference(stored, valid(schema.safeEncode(value)));
  if (difference !== undefined) throw new TypeError(`${placed(difference)}it would be read back as something else: JSON cannot carry it`);
}

function placed(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '' : `${path.map(String).join('.')}: `;
}

function valid<T>(result: z.ZodSafeParseResult<T>, before = ''): T {
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new TypeError(`${before}${placed(issue?.path ?? [])}${issue?.message ?? 'it is invalid'}`, { cause: result.error });
}

/**
 * The value in a znode's data.
 *
 * @throws {MalformedDataError} naming the znode, and what its data should be
 */
export function decodeZnode<T>(path: string, codec: Codec<T>, data: Buffer): T {
  try {
    return codec.decode(data);
  } catch (cause) {
    throw malformed(path, codec.format, data.length, cause);
  }
}

/**
 * A value as a znode's data.
 *
 * @param what names the value in the error, e.g. `Queue.put.item`
 * @throws {InvalidArgumentError} naming the value and the rule it breaks
 */
export function encodeValue<T>(what: string, codec: Codec<T>, value: T): Uint8Array {
  try {
    const data: unknown = codec.encode(value);
    // Of a codec of somebody's own.
    if (!(data instanceof Uint8Array)) throw new TypeError('its codec has given no Uint8Array');
    return data;
  } catch (cause) {
    throw unwritable(what, codec.format, value, cause);
  }
}

function malformed(path: string, format: string, sizeBytes: number, cause: unknown): MalformedDataError {
  return new MalformedDataError(path, `it is not ${format} (${describeCause(cause)})`, sizeBytes, { cause });
}

function unwritable(what: string, format: string, value: unknown, cause: unknown): InvalidArgumentError {
  return new InvalidArgumentError(what, value, `cannot be written as ${format} (${describeCause(cause)})`, { cause });
}
