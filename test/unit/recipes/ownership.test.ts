import { expect, test } from 'vitest';
import { type Claim, whereToMake, whoseIs } from '../../../recipes/nodes/ownership.ts';
import type { Stat } from '../../../src/index.ts';

const ours = 7n;
const anothers = 8n;

function found(ephemeralOwner: bigint, czxid = 100n): Stat {
  return {
    czxid,
    mzxid: czxid,
    pzxid: czxid,
    ctime: 0n,
    mtime: 0n,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner,
    dataLength: 0,
    numChildren: 0,
  };
}

const claim: Claim = { path: '/n', mode: 'ephemeral', sessionId: ours, czxid: 100n };
const uncertain: Claim = { ...claim, czxid: undefined };

test.each([
  ['the one that we made', found(ours), claim, 'ours'],
  ['one that we may have made', found(ours), uncertain, 'ours'],
  ['one of our session, by somebody else in it', found(ours), undefined, 'anothers'],
  ['one of our session, but not the one that we made', found(ours, 101n), claim, 'anothers'],
  ["another session's", found(anothers), undefined, 'anothers'],
  ["another session's, where ours was", found(anothers), claim, 'anothers'],
  ["another session's, where ours may be", found(anothers), uncertain, 'anothers'],
  ['a lasting one', found(0n), claim, 'anothers'],
] as const)('ephemeral: %s', (_, stat, by, whose) => {
  expect(whoseIs(stat, 'ephemeral', by)).toBe(whose);
  expect(whoseIs(stat, 'ephemeral-sequential', by)).toBe(whose);
});

test.each([
  [found(0n), 'ours'],
  [found(ours), 'anothers'],
  [found(anothers), 'anothers'],
] as const)('lasting: any that lasts, and no ephemeral one', (stat, whose) => {
  for (const mode of ['persistent', 'container', 'persistent-with-ttl'] as const) {
    expect(whoseIs(stat, mode, undefined)).toBe(whose);
    expect(whoseIs(stat, mode, { ...claim, mode })).toBe(whose);
  }
});

const protection = '_c_00000000-0000-4000-8000-000000000001-';

test.each([
  ['ephemeral', false, '/d/n', undefined, '/d/n', 'ephemeral'],
  ['ephemeral', true, '/d/n', `/d/${protection}n`, '/d/n', 'ephemeral'],
  ['ephemeral-sequential', true, '/d/n-', undefined, '/d/n-', 'ephemeral-sequential'],
  ['ephemeral-sequential', true, '/d/n-', `/d/${protection}n-0000000012`, '/d/n-0000000012', 'ephemeral'],
  ['ephemeral-sequential', true, '/d/n-', `/d/${protection}n--2147483648`, '/d/n--2147483648', 'ephemeral'],
  ['ephemeral-sequential', true, '/d/', `/d/${protection}0000000012`, '/d/0000000012', 'ephemeral'],
  ['persistent-sequential', false, '/d/n-', '/d/n-0000000012', '/d/n-0000000012', 'persistent'],
] as const)('%s (protected: %s) at %s, last at %s, is made at %s', (mode, protect, path, last, where, as) => {
  expect(whereToMake({ path, mode, protect, parents: true }, last)).toEqual({ path: where, mode: as });
});
