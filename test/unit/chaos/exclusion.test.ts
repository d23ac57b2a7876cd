import { expect, test } from 'vitest';
import { Exclusion } from '../../chaos/exclusion.ts';

test('holds one after another are right', () => {
  const exclusion = new Exclusion();
  exclusion.entered('a', 1n, 10n);
  exclusion.used('a', 1n, 20n);
  exclusion.entered('b', 2n, 21n);
  exclusion.used('b', 2n, 30n);
  expect(exclusion).toMatchObject({ violations: [], entries: 2, uses: 2, fenced: 0, holder: 'b' });
});

test('one that finds its lease valid after another has entered is a violation, told of once, whichever report comes first', () => {
  const inOrder = new Exclusion();
  inOrder.entered('a', 1n, 10n);
  inOrder.entered('b', 2n, 20n);
  inOrder.used('a', 1n, 21n);
  inOrder.used('a', 1n, 22n);
  expect(inOrder.violations).toHaveLength(1);

  const late = new Exclusion();
  late.entered('b', 2n, 20n);
  late.entered('a', 1n, 10n);
  late.used('a', 1n, 21n);
  expect(late.violations).toHaveLength(1);
});

test('a larger token that entered before a smaller one is a violation', () => {
  const exclusion = new Exclusion();
  exclusion.entered('b', 2n, 10n);
  exclusion.entered('a', 1n, 20n);
  expect(exclusion.violations).toHaveLength(1);
});

test('a token that two have, and a use without an entry, are violations', () => {
  const exclusion = new Exclusion();
  exclusion.entered('a', 1n, 10n);
  exclusion.entered('b', 1n, 20n);
  exclusion.used('c', 3n, 30n);
  expect(exclusion.violations).toHaveLength(2);
});

test('the resource refuses an older token once it has seen a newer one', () => {
  const exclusion = new Exclusion();
  exclusion.entered('a', 1n, 10n);
  exclusion.entered('b', 2n, 20n);
  expect(exclusion.used('b', 2n, 21n)).toBe(true);
  // Found valid in time, used too late.
  expect(exclusion.used('a', 1n, 19n)).toBe(false);
  expect(exclusion).toMatchObject({ violations: [], fenced: 1 });
});
