import { expect, test } from 'vitest';
import { isDown, nextBackMs, type Troubles, withError } from '../../../recipes/discovery/down-instances.ts';

const policy = { errors: 3, withinMs: 100, forMs: 1_000 };

/** What is held against `key` after errors at these times, on top of `before`. */
function after(errorsMs: readonly number[], key = 'a', before: Troubles = new Map()): Troubles {
  return errorsMs.reduce((troubles, errorMs) => withError(troubles, key, errorMs, policy), before);
}

test('so many errors in so long take it out for so long, and then it is back', () => {
  const troubles = after([0, 50, 99]);
  expect([99, 1_098, 1_099].map((nowMs) => isDown(troubles, 'a', nowMs))).toEqual([true, true, false]);
});

test('fewer errors, or over a longer time, take nothing out', () => {
  expect(isDown(after([0, 99]), 'a', 99)).toBe(false);
  expect(isDown(after([0, 50, 100]), 'a', 100)).toBe(false);
  expect(isDown(after([0, 50, 100, 149]), 'a', 149)).toBe(true);
});

test('it begins anew when it is back, and what fails meanwhile does not count', () => {
  const meanwhile = [500, 900, 1_001];
  expect(isDown(after([0, 1, 2, ...meanwhile]), 'a', 1_002)).toBe(false);
  expect(isDown(after([0, 1, 2, ...meanwhile, 1_010, 1_011]), 'a', 1_011)).toBe(false);
  expect(isDown(after([0, 1, 2, ...meanwhile, 1_010, 1_011, 1_012]), 'a', 1_012)).toBe(true);
});

test('one does not answer for another', () => {
  const troubles = after([2], 'b', after([0, 1]));
  expect(['a', 'b'].map((key) => isDown(troubles, key, 2))).toEqual([false, false]);
});

test('what cannot count any more is forgotten', () => {
  expect([...after([100], 'c', after([0], 'a')).keys()]).toEqual(['c']);
  const down = after([0, 0, 0], 'a');
  expect([...after([999], 'c', down).keys()]).toEqual(['a', 'c']);
  expect([...after([1_000], 'c', down).keys()]).toEqual(['c']);
});

test('it is known when the next one is back', () => {
  const troubles = after([10], 'c', after([10, 10, 10], 'b', after([0, 0, 0])));
  expect([10, 999, 1_000, 1_010].map((nowMs) => nextBackMs(troubles, nowMs))).toEqual([1_000, 1_000, 1_010, undefined]);
});
