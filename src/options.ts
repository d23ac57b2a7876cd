import { z } from 'zod';
import { InvalidArgumentError, undisclosed } from './errors/docent-error.ts';

/**
 * The options as `schema` reads them, defaults filled in.
 *
 * @param what the options' owner, first part of the field's name in the error, e.g. `connect` in `connect.sessionTimeoutMs`
 * @param secrets options whose values errors do not show. Those of unknown options are never shown, since the name of a secret may be misspelt
 * @throws {InvalidArgumentError} naming the first field that breaks a rule, its value and the rule
 */
export function parseOptions<T extends z.ZodType>(schema: T, value: unknown, what: string, secrets: readonly string[] = []): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path ?? [];
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const steps = unknownKey === undefined ? path : [...path, unknownKey];
  const rule = unknownKey === undefined ? (issue?.message ?? 'is invalid') : 'there is no such option';
  const mayHoldSecret = secrets.length > 0 && steps.length === 0;
  const isSecret = unknownKey !== undefined || mayHoldSecret || secrets.some((name) => name === steps[0]);
  throw new InvalidArgumentError([what, ...steps].map(String).join('.'), isSecret ? undisclosed : valueAt(value, steps), rule);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), value);
}

/** A time span in milliseconds, greater than zero. */
export const positiveMs = z.number('must be a number of milliseconds').finite().positive('must be greater than 0 ms');

/** An `AbortSignal` of Node's own. */
export const abortSignal = z.instanceof(AbortSignal, { error: 'must be an AbortSignal' });
