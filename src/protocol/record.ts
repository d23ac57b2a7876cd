import { ProtocolError } from '../errors/connection.ts';
import { JuteReader, type JuteWriter } from './jute.ts';

/** Both directions of one wire type. The driver writes requests and reads replies; the embedded server does the reverse. */
export interface Codec<T> {
  write(out: JuteWriter, value: T): void;
  read(input: JuteReader): T;
}

export type ValueOf<C> = C extends Codec<infer T> ? T : never;

type Fields = Readonly<Record<string, Codec<unknown>>>;
type RecordOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

export const int: Codec<number> = { write: (out, value) => out.int(value), read: (input) => input.int() };
export const long: Codec<bigint> = { write: (out, value) => out.long(value), read: (input) => input.long() };
export const bool: Codec<boolean> = { write: (out, value) => out.bool(value), read: (input) => input.bool() };
/** Written from any bytes; read as a view on the frame. */
export const bytes: Codec<Uint8Array | null> = { write: (out, value) => out.bytes(value), read: (input) => input.bytes() };
/** A null string, which Java peers may send and kazoo sends for every empty one, reads as empty. */
export const ustring: Codec<string> = { write: (out, value) => out.string(value), read: (input) => input.string() ?? '' };
export const nullableString: Codec<string | null> = { write: (out, value) => out.string(value), read: (input) => input.string() };

export function vector<T>(element: Codec<T>): Codec<readonly T[]> {
  return {
    write(out, values) {
      out.int(values.length);
      for (const value of values) element.write(out, value);
    },
    read(input) {
      const values: T[] = [];
      const count = input.count();
      try {
        while (values.length < count) values.push(element.read(input));
      } catch (error) {
        throw located(error, 'vector', String(values.length));
      }
      return values;
    },
  };
}

/** A record is its fields, one after the other, in the order written here. Errors name it and the field. */
export function record<const F extends Fields>(name: string, fields: F): Codec<RecordOf<F>> {
  const entries = Object.entries(fields);
  return {
    write(out, value: Readonly<Record<string, unknown>>) {
      for (const [field, codec] of entries) codec.write(out, value[field]);
    },
    read(input) {
      const value: Record<string, unknown> = {};
      let at = '';
      try {
        for (const [field, codec] of entries) {
          at = field;
          value[field] = codec.read(input);
        }
      } catch (error) {
        throw located(error, name, at);
      }
      // The mapped type cannot be built key by key without a cast.
      return value as RecordOf<F>;
    },
  };
}

/** A record without fields. */
export function emptyRecord(): Codec<undefined> {
  return { write() {}, read: () => undefined };
}

/** The same error, with `record.field` in front of where it says it happened. */
export function located(error: unknown, name: string, field: string): unknown {
  if (!(error instanceof ProtocolError)) return error;
  const inner = error.field === '' ? field : `${field}.${error.field}`;
  return new ProtocolError(name, inner, error.problem, { cause: error.cause });
}

/** The value that `frame` holds, and nothing else. */
export function decode<T>(codec: Codec<T>, frame: Buffer): T {
  const input = new JuteReader(frame);
  const value = codec.read(input);
  input.end();
  return value;
}
