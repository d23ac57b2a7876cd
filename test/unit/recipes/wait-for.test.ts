import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cycle, cyclesOf as findCycles, type LockNode, lasting, type Wait } from '../../../recipes/inspect/wait-for.ts';

let zxid = 0n;

function nodeOf(owner: string, path = `/${owner}`): LockNode {
  zxid += 1n;
  return { path, owner, czxid: zxid };
}

const allGo = (node: LockNode, ...behind: readonly LockNode[]): Wait<LockNode> => ({ node, behind, until: 'all-go' });
const anyGoes = (node: LockNode, ...behind: readonly LockNode[]): Wait<LockNode> => ({ node, behind, until: 'any-goes' });
const cyclesOf = (waits: readonly Wait<LockNode>[]) => [...findCycles(waits)].filter((cycle) => cycle !== undefined);
const ownersIn = (cycles: readonly Cycle<LockNode>[]) => cycles.map((cycle) => cycle.map(({ waiting }) => waiting.owner));

test('two that wait for each other are a cycle, which the later wait has closed', () => {
  const [heldByA, heldByB] = [nodeOf('a'), nodeOf('b')];
  const [aWaits, bWaits] = [nodeOf('a'), nodeOf('b')];
  expect(cyclesOf([allGo(aWaits, heldByB), allGo(bWaits, heldByA)])).toEqual([
    [
      { waiting: bWaits, blocker: heldByA },
      { waiting: aWaits, blocker: heldByB },
    ],
  ]);
});

test('who waits for somebody in a cycle is in none', () => {
  const [heldByA, heldByB] = [nodeOf('a'), nodeOf('b')];
  const waits = [allGo(nodeOf('a'), heldByB), allGo(nodeOf('b'), heldByA), allGo(nodeOf('c'), heldByA), allGo(nodeOf('d'), nodeOf('c'))];
  expect(ownersIn(cyclesOf(waits))).toEqual([['b', 'a']]);
});

test('one that waits for itself is a cycle', () => {
  const held = nodeOf('a');
  expect(ownersIn(cyclesOf([allGo(nodeOf('a'), held)]))).toEqual([['a']]);
});

test('a chain is no cycle', () => {
  const [a, b] = [nodeOf('a'), nodeOf('b')];
  expect(cyclesOf([allGo(b, a), allGo(nodeOf('c'), a, b)])).toEqual([]);
});

test('of many cycles apart each is found by itself', () => {
  let looks = 0;
  const counted = ({ node, behind, until }: Wait<LockNode>): Wait<LockNode> => ({
    node,
    until,
    get behind() {
      looks += 1;
      return behind;
    },
  });
  const pairs = 5_000;
  const waits = Array.from({ length: pairs }, (_, pair) => {
    const [one, other] = [`one of ${pair}`, `other of ${pair}`];
    const [heldByOne, heldByOther] = [nodeOf(one), nodeOf(other)];
    return [allGo(nodeOf(one), heldByOther), allGo(nodeOf(other), heldByOne)].map(counted);
  }).flat();
  const found = ownersIn(cyclesOf(waits));
  expect(found).toHaveLength(pairs);
  expect(new Set(found.flat()).size).toBe(2 * pairs);
  // A pass over all for each pair would look 50 million times.
  expect(looks).toBeLessThan(waits.length * 40);
});

test('a wait that any can end is in vain only if all are stuck', () => {
  const [a, b, c] = [nodeOf('a'), nodeOf('b'), nodeOf('c')];
  const some = [allGo(nodeOf('a'), c), anyGoes(nodeOf('c'), a, b)];
  expect(cyclesOf(some)).toEqual([]);
  expect(ownersIn(cyclesOf([...some, allGo(nodeOf('b'), c)]))).toEqual([['b', 'c']]);
});

test('of two looks, what lasted counts', () => {
  const [a, b, c] = [nodeOf('a'), nodeOf('b'), nodeOf('c')];
  const [waiting, gone] = [nodeOf('d'), nodeOf('e')];
  expect(lasting([allGo(waiting, a, b), allGo(gone, a)], [allGo(waiting, b, c)])).toEqual([allGo(waiting, b)]);
  expect(lasting([anyGoes(waiting, a, b)], [anyGoes(waiting, b, a)])).toEqual([anyGoes(waiting, b, a)]);
  expect(lasting([anyGoes(waiting, a, b)], [anyGoes(waiting, a)])).toEqual([]);
  expect(lasting([anyGoes(waiting, a)], [anyGoes(waiting, a, b)])).toEqual([]);
});

const owners = ['a', 'b', 'c', 'd', 'e'];

/** Locks in which owners stand in line, each only if it does not wait already, and from which those who do not wait may leave. */
const standings = fc
  .array(fc.record({ owner: fc.constantFrom(...owners), lock: fc.nat({ max: 3 }), isShared: fc.boolean(), leaves: fc.nat({ max: 4 }) }), {
    maxLength: 40,
  })
  .map((steps) => {
    const lines: (LockNode & { readonly isShared: boolean })[][] = [[], [], [], []];
    for (const { owner, lock, isShared, leaves } of steps) {
      const line = lines[lock] ?? [];
      if (waitsOf(lines).some(({ node }) => node.owner === owner)) continue;
      const own = line.findIndex((node) => node.owner === owner);
      if (own === -1) line.push({ ...nodeOf(owner, `/${lock}/${owner}`), isShared });
      else if (leaves === 0) line.splice(own, 1);
    }
    return lines;
  });

type Lines = readonly (readonly (LockNode & { readonly isShared: boolean })[])[];

function waitsOf(lines: Lines): readonly Wait<LockNode>[] {
  return lines.flatMap((line) =>
    line.flatMap((node, place) => {
      const behind = line.slice(0, place).filter((other) => !(other.isShared && node.isShared));
      return behind.length === 0 ? [] : allGo(node, ...behind);
    }),
  );
}

/** Lets whoever waits for nothing leave all lines, for as long as there is one. What is left then waits for ever. */
function leftAfterAllHaveGone(lines: Lines): Lines {
  const waiting = new Set(waitsOf(lines).map(({ node }) => node.owner));
  const goes = lines.flat().find(({ owner }) => !waiting.has(owner));
  if (goes === undefined) return lines;
  return leftAfterAllHaveGone(lines.map((line) => line.filter(({ owner }) => owner !== goes.owner)));
}

test('a cycle is found exactly where somebody waits for ever', () => {
  fc.assert(
    fc.property(standings, (lines) => {
      const found = cyclesOf(waitsOf(lines)).length > 0;
      expect(found).toBe(leftAfterAllHaveGone(lines).flat().length > 0);
    }),
    { numRuns: 2_000 },
  );
});

test('each cycle leads from one to the next and back, and begins with the one that has waited last', () => {
  fc.assert(
    fc.property(standings, (lines) => {
      const waits = waitsOf(lines);
      for (const cycle of cyclesOf(waits)) {
        cycle.forEach(({ waiting, blocker }, index) => {
          expect(waits.find(({ node }) => node === waiting)?.behind).toContain(blocker);
          expect(cycle[(index + 1) % cycle.length]?.waiting.owner).toBe(blocker.owner);
          if (index > 0) expect(waiting.czxid).toBeLessThan(cycle[0]?.waiting.czxid ?? 0n);
        });
      }
    }),
    { numRuns: 2_000 },
  );
});

test('if those who closed the cycles give up, and no others, all the rest go on', () => {
  fc.assert(
    fc.property(standings, (lines) => {
      const cycles = cyclesOf(waitsOf(lines));
      const giveUp = new Set(cycles.map(([closing]) => closing?.waiting.path));
      const rest = lines.map((line) => line.filter(({ path }) => !giveUp.has(path)));
      expect(leftAfterAllHaveGone(rest).flat()).toEqual([]);
      for (const cycle of cycles) expect(cycle.filter(({ waiting }) => giveUp.has(waiting.path)).length).toBeGreaterThan(0);
    }),
    { numRuns: 2_000 },
  );
});
