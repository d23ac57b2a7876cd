import { z } from 'zod';
import { type Codec, InvalidArgumentError, json } from '../../src/index.ts';
import { isCodec } from './codec-option.ts';

/** What values are: a zod schema, whose values stand in znodes as JSON, or a codec for any other form. */
export type ValueForm<T> = z.ZodType<T> | Codec<T>;

/**
 * @param what names the argument in the error
 * @throws {InvalidArgumentError}
 */
export function codecOf<T>(form: ValueForm<T>, what: string): Codec<T> {
  if (form instanceof z.ZodType) return json(form);
  if (!isCodec(form)) throw new InvalidArgumentError(what, form, 'must be a zod schema or a codec');
  return form;
}
