import { expect, test } from 'vitest';
import { Ledger } from '../../chaos/queue/ledger.ts';
import type { Safety } from '../../chaos/queue/protocol.ts';

function ledgerOf(safety: Safety, ...items: readonly string[]): Ledger {
  const ledger = new Ledger(safety);
  ledger.take('producer', { kind: 'put', items });
  return ledger;
}

test('what was put and handled once is in order', () => {
  const ledger = ledgerOf('at-least-once', 'a', 'b');
  for (const item of ['a', 'b']) ledger.take('one', { kind: 'handled', item });
  expect(ledger).toMatchObject({ acknowledged: 2, handled: 2, unacknowledged: 0, lost: [], duplicates: 0, problems: [] });
});

test('an item whose put was acknowledged and that nobody has handled is lost, which at-most-once allows', () => {
  expect(ledgerOf('at-least-once', 'a').problems).toEqual(['a was lost']);
  const allowed = ledgerOf('at-most-once', 'a');
  expect(allowed).toMatchObject({ lost: ['a'], problems: [] });
});

test('an item that was handled again is a problem, unless whoever had it before was killed or had lost its session', () => {
  const twice = (ledger: Ledger) => {
    ledger.take('one', { kind: 'handled', item: 'a' });
    ledger.take('two', { kind: 'handled', item: 'a' });
    return ledger;
  };
  const problems = ['a was handled by one, then two'];
  expect(twice(ledgerOf('at-least-once', 'a'))).toMatchObject({ duplicates: 1, problems });

  const killed = ledgerOf('at-least-once', 'a');
  killed.killed('one');
  expect(twice(killed)).toMatchObject({ duplicates: 1, kills: 1, problems: [] });

  const lost = ledgerOf('at-least-once', 'a');
  lost.take('one', { kind: 'lost its session' });
  expect(twice(lost).problems).toEqual([]);

  const other = ledgerOf('at-least-once', 'a');
  other.killed('two');
  expect(twice(other).problems).toEqual(problems);

  const once = ledgerOf('at-most-once', 'a');
  once.killed('one');
  expect(twice(once).problems).toEqual(problems);
});

test('an item of a producer that was killed before it could tell is no problem', () => {
  const ledger = ledgerOf('at-least-once');
  ledger.take('one', { kind: 'handled', item: 'a' });
  expect(ledger).toMatchObject({ acknowledged: 0, unacknowledged: 1, problems: [] });
});

test('what nobody should ever see is a problem, what users are told is counted', () => {
  const ledger = ledgerOf('at-most-once');
  ledger.take('one', { kind: 'failed', what: 'TypeError' });
  for (let times = 2; times > 0; times -= 1) ledger.take('one', { kind: 'trouble', name: 'OutcomeUnknownError' });
  expect(ledger.problems).toEqual(['one: TypeError']);
  expect(ledger.troubles).toEqual(new Map([['OutcomeUnknownError', 2]]));
});
