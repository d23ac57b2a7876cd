import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  contenderOf,
  isExhausted,
  mutexPatterns,
  readWritePatterns,
  turnByArrival,
  turnOf,
  unrecognisedChildren,
} from '../../../recipes/line/line.ts';

const uuid = '2f8b6a0e-8d5b-4f0a-9a3e-0c1d2e3f4a5b';
const hex = '0123456789abcdef0123456789abcdef';

test.each([
  ["Curator's protected name", `_c_${uuid}-lock-0000000042`, 42],
  ['a bare name', 'lock-0000000042', 42],
  ["go-zookeeper's", `_c_${hex}-lock-0000000007`, 7],
  ["kazoo's", `${hex}__lock__0000000003`, 3],
  ['the last number before the wrap', 'lock-2147483647', 2147483647],
  ['the first after it', 'lock--2147483648', -2147483648],
  ['a negative one of ten characters', 'lock--000000005', -5],
])('%s stands in line', (_, name, sequence) => {
  expect(contenderOf(name, mutexPatterns)).toEqual({ name, sequence, isShared: false });
});

test.each([
  [`_c_${uuid}-__WRIT__0000000042`, false],
  [`_c_${uuid}-__READ__0000000042`, true],
  ['__READ__0000000042', true],
  [`${hex}__lock__0000000042`, false],
  [`${hex}__rlock__0000000042`, true],
])('%s stands in line for a read-write lock; may others beside it: %s', (name, isShared) => {
  expect(contenderOf(name, readWritePatterns)).toEqual({ name, sequence: 42, isShared });
});

test.each(['0', 'abc', 'lock-', 'lock-12', 'clock-0000000001', `_c_${uuid}-__READ__0000000001`, 'lock-0000000001x', `${hex}0000000001`])(
  '%s is a stranger',
  (name) => {
    expect(contenderOf(name, mutexPatterns)).toBeUndefined();
    expect(unrecognisedChildren([name, 'lock-0000000001'], mutexPatterns)).toEqual([name]);
  },
);

const named = (sequence: number) => {
  const digits = sequence < 0 ? `-${String(-sequence).padStart(9, '0')}` : String(sequence).padStart(10, '0');
  return fc.constantFrom(`_c_${uuid}-lock-${digits}`, `lock-${digits}`, `${hex}__lock__${digits}`);
};

/** A directory of contenders whose numbers were given one after the other, possibly across the wrap, in any order, with strangers among them. */
const directory = fc
  .record({
    start: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    steps: fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 20 }),
  })
  .chain(({ start, steps }) => {
    let at = start;
    const sequences = steps.map((step) => {
      at = (at + step) | 0;
      return at;
    });
    return fc.record({
      inOrder: fc.tuple(...sequences.map(named)),
      strangers: fc.uniqueArray(fc.constantFrom('config', '0', 'zzz', '~'), { maxLength: 3 }),
      seed: fc.integer(),
    });
  })
  .map(({ inOrder, strangers, seed }) => ({ inOrder, listed: shuffled([...inOrder, ...strangers], seed) }));

function shuffled<T>(items: readonly T[], seed: number): T[] {
  return items
    .map((item, index) => ({ item, key: Math.sin(seed + index * 7919) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

test('exactly the first in line enters, and everybody else waits for the one just ahead', () => {
  fc.assert(
    fc.property(directory, ({ inOrder, listed }) => {
      inOrder.forEach((own, position) => {
        const behind = inOrder[position - 1];
        expect(turnOf(listed, own, mutexPatterns)).toEqual(behind === undefined ? { kind: 'ours' } : { kind: 'wait', behind, position });
      });
    }),
  );
});

test('where the numbers have run out, the zxids tell: exactly the first enters, everybody else waits for the one just ahead', () => {
  const line = fc.uniqueArray(fc.bigInt({ min: 1n, max: 1000n }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(line, fc.integer(), (zxids, seed) => {
      const listed = new Map(shuffled(zxids, seed).map((zxid) => [`_c_${hex}${zxid}-lock-2147483647`, zxid]));
      const inOrder = [...listed].sort(([, a], [, b]) => Number(a - b)).map(([name]) => name);
      inOrder.forEach((own, position) => {
        const behind = inOrder[position - 1];
        expect(turnByArrival(listed, own, mutexPatterns)).toEqual(
          behind === undefined ? { kind: 'ours' } : { kind: 'wait', behind, position },
        );
      });
    }),
  );
});

test('one that is gone by the time that the zxids are read never enters', () => {
  expect(turnByArrival(new Map([['lock-2147483647', 5n]]), 'lock--2147483648', mutexPatterns)).toEqual({ kind: 'gone' });
});

test.each([
  [['lock-2147483646', 'lock-0000000000', 'stranger-2147483648'], false],
  [['lock-0000000001', 'lock-2147483647'], true],
  [['lock--2147483648'], true],
  [[`${hex}__lock__-000000001`], true],
])('whether the numbers of %j have run out: %s', (children, exhausted) => {
  expect(isExhausted(children, mutexPatterns)).toBe(exhausted);
});

test('one whose znode is not listed never enters', () => {
  expect(turnOf([], 'lock-0000000001', mutexPatterns)).toEqual({ kind: 'gone' });
  expect(turnOf(['lock-0000000002'], 'lock-0000000001', mutexPatterns)).toEqual({ kind: 'gone' });
});

/** Readers and writers in line order; the first of them, if it writes, may have taken the read lock too, before it gives the write lock back. */
const readersAndWriters = fc
  .record({
    start: fc.integer({ min: 0, max: 2 ** 31 - 1000 }),
    kinds: fc.array(fc.constantFrom('__READ__', '__WRIT__'), { minLength: 1, maxLength: 20 }),
    downgrades: fc.boolean(),
    seed: fc.integer(),
  })
  .map(({ start, kinds, downgrades, seed }) => {
    const inOrder = kinds.map((kind, index) => ({
      name: nameOf(kind, start + index),
      writes: kind === '__WRIT__',
      sequence: start + index,
    }));
    const downgraded = downgrades && inOrder[0]?.writes === true ? nameOf('__READ__', start) : undefined;
    const names = inOrder.map(({ name }) => name);
    return { inOrder, downgraded, listed: shuffled(downgraded === undefined ? names : [...names, downgraded], seed) };
  });

function nameOf(kind: string, sequence: number): string {
  return `_c_${uuid}-${kind}${String(sequence).padStart(10, '0')}`;
}

test('readers enter together, writers alone, and nobody overtakes: one enters exactly if all ahead of it are readers, as it is', () => {
  fc.assert(
    fc.property(readersAndWriters, ({ inOrder, listed }) => {
      inOrder.forEach(({ name, writes }, position) => {
        const enters = inOrder.slice(0, position).every((ahead) => !writes && !ahead.writes);
        expect(turnOf(listed, name, readWritePatterns).kind).toBe(enters ? 'ours' : 'wait');
      });
    }),
  );
});

test('readers wait for the nearest writer ahead, and writers for whoever is just ahead', () => {
  fc.assert(
    fc.property(readersAndWriters, ({ inOrder, downgraded, listed }) => {
      inOrder.forEach(({ name, writes }, position) => {
        const turn = turnOf(listed, name, readWritePatterns);
        if (turn.kind !== 'wait') return;
        const nearest = inOrder.slice(0, position).findLast((ahead) => writes || ahead.writes);
        // A writer's own two have one number, and either is as near.
        expect([nearest?.name, ...(nearest === inOrder[0] && writes ? [downgraded] : [])]).toContain(turn.behind);
      });
    }),
  );
});

test('a writer that has taken the read lock too holds both, and lets in the readers behind it, but no writer, when it gives the write lock back', () => {
  fc.assert(
    fc.property(readersAndWriters, ({ inOrder, downgraded, listed }) => {
      fc.pre(downgraded !== undefined);
      if (downgraded === undefined) return;
      const [own = { name: '' }, ...others] = inOrder;
      expect(turnOf(listed, own.name, readWritePatterns)).toEqual({ kind: 'ours' });
      expect(turnOf(listed, downgraded, readWritePatterns)).toEqual({ kind: 'ours' });
      const left = listed.filter((name) => name !== own.name);
      others.forEach(({ name, writes }, position) => {
        const enters = !writes && others.slice(0, position).every((ahead) => !ahead.writes);
        expect(turnOf(left, name, readWritePatterns).kind).toBe(enters ? 'ours' : 'wait');
      });
    }),
  );
});

test('where the numbers have run out, readers enter together and writers alone, by the zxids', () => {
  fc.assert(
    fc.property(readersAndWriters, ({ inOrder }) => {
      const worn = inOrder.map(({ writes }, index) => ({ name: `_c_${index}-${writes ? '__WRIT__' : '__READ__'}2147483647`, writes }));
      const arrivals = new Map(worn.map(({ name }, index) => [name, BigInt(index)]));
      worn.forEach(({ name, writes }, position) => {
        const enters = worn.slice(0, position).every((ahead) => !writes && !ahead.writes);
        expect(turnByArrival(arrivals, name, readWritePatterns).kind).toBe(enters ? 'ours' : 'wait');
      });
    }),
  );
});
