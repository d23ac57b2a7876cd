import { describe, expect, test } from 'vitest';
import { aheadFor } from '../../../recipes/queues/intake/ahead.ts';
import { Stock } from '../../../recipes/queues/intake/stock.ts';
import { delayNames } from '../../../recipes/queues/items/delay-names.ts';
import { fifoNames } from '../../../recipes/queues/items/fifo-names.ts';
import { priorityNames } from '../../../recipes/queues/items/priority-names.ts';
import { inPieces, isLarge } from '../../../recipes/queues/pieces.ts';
import { flawOf } from '../../../recipes/queues/taking/flaw.ts';

const names = (...numbers: number[]) => numbers.map((number) => `queue-${number.toString().padStart(10, '0')}`);
const many = (count: number) => names(...Array.from({ length: count }, (_, index) => index));
const now = { nowMs: 1_000, wallMs: 50_000 };

function stocked(listed: readonly string[], order: ConstructorParameters<typeof Stock>[0] = fifoNames): Stock {
  const stock = new Stock(order);
  stock.list(listed);
  return stock;
}

describe('the stock', () => {
  test('gives the first so many, in order, and no more than there are', () => {
    const stock = stocked(names(3, 1, 2));
    expect(stock.choose(2, now)).toEqual({ names: names(1, 2), waitMs: undefined });
    expect(stock.choose(9, now).names).toEqual(names(1, 2, 3));
    expect(new Stock(fifoNames).choose(1, now)).toEqual({ names: [], waitMs: undefined });
  });

  test('does not give what is in hand, claimed by others, gone, or put off', () => {
    const stock = stocked(names(1, 2, 3, 4, 5));
    stock.hold('queue-0000000001');
    stock.claimedByAnother('queue-0000000002');
    stock.drop('queue-0000000003');
    stock.hold('queue-0000000004');
    stock.free('queue-0000000004', now.nowMs + 300);
    expect(stock.choose(9, now)).toEqual({ names: names(5), waitMs: 300 });
    expect(stock.choose(9, { ...now, nowMs: now.nowMs + 300 }).names).toEqual(names(4, 5));
    stock.free('queue-0000000001');
    expect(stock.choose(1, now).names).toEqual(names(1));
    stock.listClaims([]);
    expect(stock.choose(2, now).names).toEqual(names(1, 2));
  });

  test('never waits for what is put off for ever', () => {
    const stock = stocked(names(1));
    stock.free('queue-0000000001', Number.POSITIVE_INFINITY);
    expect(stock.choose(1, now)).toEqual({ names: [], waitMs: undefined });
  });

  test('does not take what we have in hand ourselves for a claim of others', () => {
    const stock = stocked(names(1, 2));
    stock.hold('queue-0000000001');
    stock.listClaims(names(1, 2));
    expect([...stock.claimed]).toEqual(names(2));
  });

  test('what was dropped in any order stays away, and does not from the next listing on', () => {
    const stock = stocked(many(5));
    for (const name of names(0, 2, 1)) stock.drop(name);
    expect(stock.choose(9, now).names).toEqual(names(3, 4));
    expect(stock.size).toBe(2);
    stock.list(names(0, 3));
    expect(stock.choose(9, now).names).toEqual(names(0, 3));
    expect(stock.size).toBe(2);
  });

  test('gives what is due, and tells when the next is', () => {
    const [due, soon, far] = [
      delayNames.prefixOf({ dueMs: 49_000 }),
      delayNames.prefixOf({ dueMs: 50_250 }),
      delayNames.prefixOf({ dueMs: 90_000 }),
    ];
    const stock = stocked([`${far}0000000001`, `${due}0000000003`, `${soon}0000000002`], delayNames);
    expect(stock.choose(9, now)).toEqual({ names: [`${due}0000000003`], waitMs: 250 });
    expect(stock.choose(9, { ...now, wallMs: 50_250 }).names).toHaveLength(2);
  });

  test('wants a first listing, and another after a share of the last: a larger one where newcomers come last', () => {
    expect(new Stock(fifoNames).isOutdated).toBe(true);
    const outdatedAfter = (count: number, order: ConstructorParameters<typeof Stock>[0]) => {
      const listed = many(count);
      const stock = stocked(listed, order);
      return listed.findIndex((name) => {
        const { isOutdated } = stock;
        stock.hold(name);
        stock.drop(name);
        return isOutdated;
      });
    };
    expect(outdatedAfter(10_000, fifoNames)).toBe(1_000);
    expect(outdatedAfter(500, fifoNames)).toBe(100);
    expect(outdatedAfter(50, fifoNames)).toBe(-1);
    expect(outdatedAfter(10_000, priorityNames)).toBe(100);
    expect(outdatedAfter(20, priorityNames)).toBe(1);
  });
});

describe('how many to have ahead', () => {
  test('none while handling takes longer than two trips', () => {
    expect(aheadFor({ handed: 1, tripMs: 2, cycleMs: 60_000 }, 100)).toBe(0);
    expect(aheadFor({ handed: 0, tripMs: 2, cycleMs: 2 }, 100)).toBe(0);
  });

  test('twice as many from trip to trip while handling takes no time, up to the most', () => {
    const growth = [1];
    for (let trip = 0; trip < 9; trip += 1) growth.push(aheadFor({ handed: growth.at(-1) ?? 0, tripMs: 2, cycleMs: 2 }, 100));
    expect(growth).toEqual([1, 2, 4, 8, 16, 32, 64, 100, 100, 100]);
    expect(aheadFor({ handed: 5, tripMs: 2, cycleMs: 2 }, 0)).toBe(0);
  });

  test('as many as are handled during two trips', () => {
    expect(aheadFor({ handed: 30, tripMs: 2, cycleMs: 12 }, 100)).toBe(10);
  });
});

describe('what goes into one transaction', () => {
  const items = (...sizes: number[]) => sizes.map((length) => ({ data: Buffer.alloc(length) }));
  const counts = (sizes: readonly number[]) => inPieces(items(...sizes)).map((piece) => piece.length);

  test('no more than 200 items, nor than half a megabyte; one that is larger goes alone', () => {
    expect(counts(Array.from({ length: 450 }, () => 10))).toEqual([200, 200, 50]);
    expect(counts([200_000, 200_000, 200_000])).toEqual([2, 1]);
    expect(counts([10, 900_000, 10, 10])).toEqual([1, 1, 2]);
    expect(counts([])).toEqual([]);
    expect([isLarge(Buffer.alloc(500_000)), isLarge(Buffer.alloc(600_000))]).toEqual([false, true]);
  });
});

describe('an item is flawed', () => {
  const content = { kind: 'items', items: [1] } as const;

  test('when it cannot be read, or was given out too often', () => {
    const error = new Error('not JSON');
    expect(flawOf({ content: { kind: 'malformed', error }, version: 0 }, 10)).toBe(error);
    expect(flawOf({ content, version: 9 }, 10)).toBeUndefined();
    expect(flawOf({ content, version: 10 }, 10)).toContain('10 times');
    expect(flawOf({ content, version: 1_000_000 }, Number.POSITIVE_INFINITY)).toBeUndefined();
  });
});
