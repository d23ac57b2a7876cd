import { z } from 'zod';
import { CounterOverflowError, InvalidArgumentError } from '../../../src/index.ts';

/** As what the values of a counter come and go. */
export type IntegerKind = 'number' | 'bigint';

/** The option; `number` by default. */
export const integerKind = z.enum(['number', 'bigint'], "must be 'number' or 'bigint'").default('number');

export type IntegerOf<K extends IntegerKind> = K extends 'bigint' ? bigint : number;

const ranges = {
  number: {
    least: BigInt(Number.MIN_SAFE_INTEGER),
    greatest: BigInt(Number.MAX_SAFE_INTEGER),
    name: "a safe integer (as: 'bigint' has 64 bits)",
  },
  bigint: { least: -(2n ** 63n), greatest: 2n ** 63n - 1n, name: 'an integer of 64 bits' },
} as const;

/**
 * What a caller has given.
 *
 * @throws {InvalidArgumentError}
 */
export function integerFrom(kind: IntegerKind, value: unknown, field: string): bigint {
  const isNumber = typeof value === 'number' && Number.isSafeInteger(value);
  const isBigint = typeof value === 'bigint' && isIn('bigint', value);
  if (kind === 'number' && isNumber) return BigInt(value);
  if (kind === 'bigint' && isBigint) return value;
  throw new InvalidArgumentError(field, value, `must be a ${kind}, and ${ranges[kind].name}`);
}

/**
 * What a caller gets.
 *
 * @throws {CounterOverflowError}
 */
export function integerTo<K extends IntegerKind>(kind: K, path: string, value: bigint): IntegerOf<K> {
  checkRange(kind, path, value);
  // TypeScript does not narrow a type parameter by the value of its kind.
  return (kind === 'number' ? Number(value) : value) as IntegerOf<K>;
}

/** @throws {CounterOverflowError} */
export function checkRange(kind: IntegerKind, path: string, value: bigint): void {
  if (!isIn(kind, value)) throw new CounterOverflowError(path, value, ranges[kind].name);
}

function isIn(kind: IntegerKind, value: bigint): boolean {
  return value >= ranges[kind].least && value <= ranges[kind].greatest;
}
