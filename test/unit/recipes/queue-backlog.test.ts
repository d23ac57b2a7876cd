import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { aheadFor } from '../../../recipes/queues/ahead.ts';
import { Backlog, type Reservation } from '../../../recipes/queues/backlog.ts';
import { flawOf } from '../../../recipes/queues/found-item.ts';
import { delayNames } from '../../../recipes/queues/items/delay-names.ts';
import { fifoNames } from '../../../recipes/queues/items/fifo-names.ts';
import { priorityNames } from '../../../recipes/queues/items/priority-names.ts';
import { inPieces, isLarge } from '../../../recipes/queues/pieces.ts';

const names = (...numbers: number[]) => numbers.map((number) => `queue-${number.toString().padStart(10, '0')}`);
const many = (count: number) => names(...Array.from({ length: count }, (_, index) => index));
const now = { nowMs: 1_000, wallMs: 50_000 };

function listed(items: readonly string[], order: ConstructorParameters<typeof Backlog>[0] = fifoNames, onAvailable = () => {}): Backlog {
  const backlog = new Backlog(order, onAvailable);
  backlog.list(items);
  return backlog;
}

/** The names of those that are reserved then. */
function reserved(backlog: Backlog, count: number, times = now): string[] {
  return backlog.reserve(count, times).reservations.map(({ name }) => name);
}

describe('the backlog', () => {
  test('gives the first so many, in order, each once, and no more than there are', () => {
    const backlog = listed(names(3, 1, 2, 4));
    expect(reserved(backlog, 2)).toEqual(names(1, 2));
    expect(reserved(backlog, 9)).toEqual(names(3, 4));
    expect(backlog.reserve(1, now)).toEqual({ reservations: [], waitMs: undefined });
    expect(new Backlog(fifoNames, () => {}).reserve(1, now)).toEqual({ reservations: [], waitMs: undefined });
  });

  test('does not give what is in hand, claimed by others, gone, or put off', () => {
    const backlog = listed(names(1, 2, 3, 4, 5));
    const [one, two, three, four] = backlog.reserve(4, now).reservations;
    two?.claimedByAnother();
    three?.gone();
    four?.free(now.nowMs + 300);
    const { reservations, waitMs } = backlog.reserve(9, now);
    expect([reservations.map(({ name }) => name), waitMs]).toEqual([names(5), 300]);
    expect(reserved(backlog, 9, { ...now, nowMs: now.nowMs + 299 })).toEqual([]);
    expect(reserved(backlog, 9, { ...now, nowMs: now.nowMs + 300 })).toEqual(names(4));
    one?.free();
    expect(reserved(backlog, 1)).toEqual(names(1));
    backlog.listClaims([]);
    expect(reserved(backlog, 2)).toEqual(names(2));
  });

  test('tells of all that makes an item available, and of each reservation the first outcome counts', () => {
    const onAvailable = vi.fn();
    const backlog = listed(names(1, 2), fifoNames, onAvailable);
    const [one, two] = backlog.reserve(2, now).reservations;
    onAvailable.mockClear();
    one?.free();
    expect(onAvailable).toHaveBeenCalledTimes(1);
    const [again] = backlog.reserve(1, now).reservations;
    one?.free();
    one?.gone();
    expect(onAvailable).toHaveBeenCalledTimes(1);
    expect(reserved(backlog, 1)).toEqual([]);
    again?.free(now.nowMs + 5);
    two?.claimedByAnother();
    expect(onAvailable).toHaveBeenCalledTimes(2);
    backlog.listClaims([]);
    backlog.list(names(1, 2));
    expect(onAvailable).toHaveBeenCalledTimes(4);
  });

  test('never waits for what is put off for ever', () => {
    const backlog = listed(names(1));
    backlog.reserve(1, now).reservations[0]?.free(Number.POSITIVE_INFINITY);
    expect(backlog.reserve(1, now)).toEqual({ reservations: [], waitMs: undefined });
  });

  test('does not take what we have in hand ourselves for a claim of others', () => {
    const backlog = listed(names(1, 2));
    const [one] = backlog.reserve(1, now).reservations;
    backlog.listClaims(names(1));
    expect(backlog.isContended).toBe(false);
    one?.free();
    expect(reserved(backlog, 1)).toEqual(names(1));
    backlog.listClaims(names(2));
    expect(backlog.isContended).toBe(true);
  });

  test('what is gone in any order stays away, and does not from the next listing on; what is in hand is there once it is given back', () => {
    const backlog = listed(many(5));
    const [zero, one, two, three] = backlog.reserve(4, now).reservations;
    for (const each of [zero, two, one]) each?.gone();
    expect(backlog.size).toBe(2);
    backlog.list(names(0, 3, 7));
    expect(reserved(backlog, 9)).toEqual(names(0, 7));
    three?.free();
    expect(reserved(backlog, 9)).toEqual(names(3));
    expect(backlog.size).toBe(3);
  });

  test('forgets what was put off and has gone: put again, it may be taken', () => {
    const backlog = listed(names(1));
    backlog.reserve(1, now).reservations[0]?.free(now.nowMs + 1_000);
    backlog.list([]);
    backlog.list(names(1));
    expect(reserved(backlog, 1)).toEqual(names(1));
  });

  test('gives what is due, and tells when the next is', () => {
    const [due, soon, far] = [
      delayNames.prefixOf({ dueMs: 49_000 }),
      delayNames.prefixOf({ dueMs: 50_250 }),
      delayNames.prefixOf({ dueMs: 90_000 }),
    ];
    const backlog = listed([`${far}0000000001`, `${due}0000000003`, `${soon}0000000002`], delayNames);
    const { reservations, waitMs } = backlog.reserve(9, now);
    expect([reservations.map(({ name }) => name), waitMs]).toEqual([[`${due}0000000003`], 250]);
    expect(reserved(backlog, 9, { ...now, wallMs: 50_250 })).toHaveLength(1);
  });

  test('holds up nobody for a time that no number can tell exactly', () => {
    const far = ['queue-|FFFFFFFFFFFFFFFFFFFFFFFFFF|0000000001', 'queue-|FFFFFFFFFFFFFFFFFF|0000000003'];
    const due = `${delayNames.prefixOf({ dueMs: 49_000 })}0000000002`;
    expect(delayNames.sorted([...far, due])).toEqual([due, far[1], far[0]]);
    expect(reserved(listed([...far, due], delayNames), 9)).toEqual([due]);
  });

  test('wants a first listing, and another after a share of the last: a larger one where newcomers come last', () => {
    expect(new Backlog(fifoNames, () => {}).isOutdated).toBe(true);
    const outdatedAfter = (count: number, order: ConstructorParameters<typeof Backlog>[0]) => {
      const items = many(count);
      const backlog = listed(items, order);
      return items.findIndex(() => {
        const { isOutdated } = backlog;
        backlog.reserve(1, now).reservations[0]?.gone();
        return isOutdated;
      });
    };
    expect(outdatedAfter(10_000, fifoNames)).toBe(1_000);
    expect(outdatedAfter(500, fifoNames)).toBe(100);
    expect(outdatedAfter(50, fifoNames)).toBe(-1);
    expect(outdatedAfter(10_000, priorityNames)).toBe(100);
    expect(outdatedAfter(20, priorityNames)).toBe(1);
  });

  test('whatever becomes of items, each is in one pair of hands at most, and none is forgotten', () => {
    const step = fc.record({ act: fc.constantFrom('reserve', 'free', 'gone', 'claimed', 'list', 'claims'), which: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const onAvailable = vi.fn();
        const there = new Set(many(6));
        const others = new Set<string>();
        const hands = new Map<string, Reservation>();
        const backlog = listed([...there], fifoNames, onAvailable);
        for (const { act, which } of steps) {
          const [name, reservation] = [...hands][which % Math.max(1, hands.size)] ?? [];
          if (act === 'reserve') {
            for (const each of backlog.reserve(1 + (which % 3), now).reservations) {
              expect(hands.has(each.name)).toBe(false);
              hands.set(each.name, each);
            }
          }
          if (act === 'list') backlog.list([...there]);
          if (act === 'claims') {
            others.clear();
            backlog.listClaims([]);
          }
          if (name === undefined || !['free', 'gone', 'claimed'].includes(act)) continue;
          hands.delete(name);
          if (act === 'free') reservation?.free();
          if (act === 'gone' && there.delete(name)) reservation?.gone();
          if (act === 'claimed' && others.add(name)) reservation?.claimedByAnother();
        }
        backlog.list([...there]);
        const available = [...there].filter((name) => !hands.has(name) && !others.has(name));
        expect(reserved(backlog, 9)).toEqual(available.toSorted());
      }),
    );
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
  const frame = { items: [], countedFrom: 0, tail: Buffer.alloc(0) };
  const content = { kind: 'items', items: [1], frame } as const;

  test('when it cannot be read, or was given out too often', () => {
    const error = new Error('not JSON');
    expect(flawOf({ content: { kind: 'malformed', error }, version: 0 }, 10)).toBe(error);
    expect(flawOf({ content, version: 9 }, 10)).toBeUndefined();
    expect(flawOf({ content, version: 10 }, 10)).toContain('10 times');
    expect(flawOf({ content: { ...content, frame: { ...frame, countedFrom: 1 } }, version: 10 }, 10)).toBeUndefined();
    expect(flawOf({ content, version: 1_000_000 }, Number.POSITIVE_INFINITY)).toBeUndefined();
  });
});
