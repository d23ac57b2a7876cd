import { z } from 'zod';
import type { Codec } from '../../src/index.ts';

/** A codec among options. What it does with values is found out when it is given some. */
export function codecOption<T>() {
  return z.custom<Codec<T>>(isCodec, 'must be a codec: bytes, text, int32, json(schema), or one of your own');
}

export function isCodec(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && isFunction(Reflect.get(value, 'encode')) && isFunction(Reflect.get(value, 'decode'))
  );
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
