import fc from 'fast-check';
import { expect, test } from 'vitest';
import { companionsOf, isOpenTo, wayIn, wayOut } from '../../../recipes/barriers/gathering.ts';

test('nobody goes in alone before enough are there', () => {
  expect(wayIn(['a'], 'a', 2, false)).toBe('wait');
  expect(wayIn(['a', 'b'], 'a', 2, false)).toBe('open');
  expect(wayIn(['a'], 'a', 2, true)).toBe('enter');
  expect(wayIn(['b', 'c'], 'a', 2, false)).toBe('gone');
});

test('a `ready` counts only with somebody who was there before it', () => {
  expect(isOpenTo(10n, [11n, 12n])).toBe(false);
  expect(isOpenTo(10n, [11n, 9n])).toBe(true);
  expect(isOpenTo(10n, [])).toBe(false);
});

test('of those who leave exactly one is to go last, and nobody waits for itself', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{4}$/), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(names, (companions) => {
      const ways = companions.map((own) => ({ own, way: wayOut(companions, own) }));
      for (const { own, way } of ways) if (way.kind === 'wait') expect(way.behind).not.toBe(own);
      const staying = ways.filter(({ way }) => way.kind === 'last' || (way.kind === 'wait' && !way.goesFirst));
      expect(staying.map(({ own }) => own)).toEqual([companions.toSorted()[0]]);
    }),
  );
});

/**
 * A barrier in little: what the servers keep, and members that take one step, of one request, at a time. The order of the steps, and who dies when, is
 * drawn at random.
 */
class Model {
  readonly #size: number;
  readonly #members = new Map<string, bigint>();
  #ready: { writtenAt: bigint; version: number } | undefined;
  #zxid = 0n;
  /** Members that went in, and who was there when it was opened for them. */
  readonly violations: string[] = [];
  readonly #everTogether = new Set<string>();

  constructor(size: number, hasLeftOver: boolean) {
    this.#size = size;
    if (hasLeftOver) this.#ready = { writtenAt: this.#next(), version: 0 };
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  die(own: string): void {
    this.#members.delete(own);
  }

  /** Each `yield` is a request of its own; it waits for as long as it yields `false`. */
  *visit(own: string): Generator<boolean, void> {
    const arrival = this.#next();
    this.#members.set(own, arrival);
    // Those who are together at any moment in sufficient number may all go in, at any time later.
    if (this.#members.size >= this.#size) for (const name of this.#members.keys()) this.#everTogether.add(name);
    yield true;
    for (;;) {
      const ready = this.#ready;
      yield true;
      const names = [...this.#members.keys()];
      yield true;
      let seen = names;
      let isOpen = ready !== undefined && isOpenTo(ready.writtenAt, [arrival]);
      if (ready !== undefined && !isOpen) {
        const arrivals = new Map(names.flatMap((name) => (this.#members.has(name) ? [[name, this.#members.get(name) ?? 0n]] : [])));
        yield true;
        seen = [...arrivals.keys()];
        isOpen = isOpenTo(ready.writtenAt, arrivals.values());
      }
      const way = wayIn(seen, own, this.#size, isOpen);
      if (way === 'gone') return;
      if (way === 'enter') break;
      if (way === 'open') {
        if (this.#ready === undefined && ready === undefined) this.#ready = { writtenAt: this.#next(), version: 0 };
        else if (this.#ready !== undefined && ready !== undefined) {
          this.#ready = { writtenAt: this.#next(), version: this.#ready.version + 1 };
        } else if (this.#ready === undefined) continue;
        break;
      }
      yield false;
    }
    this.#enter(own);
    yield true;
    yield* this.#leave(own);
  }

  #enter(own: string): void {
    const isTogether = this.#everTogether.has(own) || [...this.#members.keys()].some((name) => this.#everTogether.has(name));
    if (!isTogether && this.#members.has(own)) this.violations.push(`${own} went in, and never were ${this.#size} there`);
  }

  *#leave(own: string): Generator<boolean, void> {
    const names = new Map(this.#members);
    yield true;
    const ready = this.#ready;
    const companions = ready === undefined ? new Set() : companionsOf(ready.writtenAt, names);
    for (;;) {
      const present = [...this.#members.keys()].filter((name) => companions.has(name));
      const way = wayOut(present, own);
      if (way.kind === 'done') {
        this.#members.delete(own);
        return;
      }
      if (way.kind === 'last') {
        this.#members.delete(own);
        yield true;
        if (this.#ready !== undefined && this.#ready.version === ready?.version) this.#ready = undefined;
        return;
      }
      if (way.goesFirst) this.#members.delete(own);
      yield !this.#members.has(way.behind);
    }
  }

  #next(): bigint {
    this.#zxid += 1n;
    return this.#zxid;
  }
}

test('in any order of steps and deaths: nobody goes in before enough are there, and whoever can gets in and out', () => {
  const runs = fc.record({
    size: fc.integer({ min: 1, max: 4 }),
    count: fc.integer({ min: 1, max: 9 }),
    hasLeftOver: fc.boolean(),
    steps: fc.array(fc.nat(100), { maxLength: 400 }),
    deaths: fc.uniqueArray(fc.nat(8), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(runs, ({ size, count, hasLeftOver, steps, deaths }) => {
      const model = new Model(size, hasLeftOver);
      const visits = Array.from({ length: count }, (_, at) => ({ own: `m${at}`, steps: model.visit(`m${at}`) }));
      let left = [...visits];
      const take = (visit: (typeof visits)[number]) => {
        if (visit.steps.next().done === true) left = left.filter((other) => other !== visit);
      };
      for (const [at, step] of steps.entries()) {
        const visit = left[step % Math.max(left.length, 1)];
        if (visit === undefined) break;
        take(visit);
        const dead = deaths.find((death) => death * 7 === at);
        if (dead === undefined) continue;
        model.die(`m${dead}`);
        left = left.filter(({ own }) => own !== `m${dead}`);
      }
      for (let turn = 0; turn < 60; turn += 1) for (const visit of left) take(visit);
      expect(model.violations).toEqual([]);
      expect(left.length, 'too few are left to open it').toBeLessThan(size);
    }),
    { numRuns: 2_000 },
  );
});
