import { z } from 'zod';
import type { Codec } from '../../src/index.ts';

/** A codec among options. */
export function codecOption<T>() {
  return z.custom<Codec<T>>(isCodec, 'must be a codec, such as text, int32 or json(schema)');
}

function isCodec(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'encode' in value && 'decode' in value;
}
