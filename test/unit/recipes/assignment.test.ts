import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Assign, byRendezvous, evenly } from '../../../recipes/index.ts';

const names = (prefix: string, max: number) =>
  fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: max }).map((all) => all.map((name) => prefix + name));
const shared = fc.record({ items: names('i', 40), members: names('m', 10) });

function shares(assign: Assign, items: readonly string[], members: readonly string[]): Map<string, number> {
  const counts = new Map(members.map((member) => [member, 0]));
  for (const member of assign(items, members).values()) counts.set(member, (counts.get(member) ?? 0) + 1);
  return counts;
}

describe.each([
  ['byRendezvous', byRendezvous],
  ['evenly', evenly],
] as const)('%s', (_, assign) => {
  test('each item is a member’s who is there; nobody’s where nobody is', () => {
    fc.assert(
      fc.property(shared, ({ items, members }) => {
        const owners = assign(items, members);
        expect([...owners.keys()].toSorted()).toEqual(members.length === 0 ? [] : items.toSorted());
        for (const owner of owners.values()) expect(members).toContain(owner);
      }),
    );
  });

  test('all come to the same result, in whatever order they know items and members', () => {
    fc.assert(
      fc.property(shared, ({ items, members }) => {
        const one = assign(items, members);
        const other = assign(items.toReversed(), members.toReversed());
        expect(new Map([...one].toSorted())).toEqual(new Map([...other].toSorted()));
      }),
    );
  });
});

test('byRendezvous: when a member goes, only its items move; when it comes back, only to it', () => {
  fc.assert(
    fc.property(shared, ({ items, members }) => {
      const [gone, ...others] = members;
      if (gone === undefined || others.length === 0) return;
      const [before, after] = [byRendezvous(items, members), byRendezvous(items, others)];
      for (const item of items) if (before.get(item) !== gone) expect(after.get(item)).toBe(before.get(item));
    }),
  );
});

test('byRendezvous: of many items each member gets about as many, however alike the names are', () => {
  const items = Array.from({ length: 3_000 }, (_, index) => `shard-${index}`);
  for (const prefix of ['host-a:', 'worker-', '']) {
    const members = Array.from({ length: 10 }, (_, index) => `${prefix}${index}`);
    for (const count of shares(byRendezvous, items, members).values()) {
      expect(count).toBeGreaterThan(220);
      expect(count).toBeLessThan(380);
    }
  }
});

test('evenly: nobody gets more than one more than another', () => {
  fc.assert(
    fc.property(shared, ({ items, members }) => {
      const counts = [...shares(evenly, items, members).values()];
      if (counts.length > 0) expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
  );
});
