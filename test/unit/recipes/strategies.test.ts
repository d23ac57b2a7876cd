import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FoundInstance } from '../../../recipes/discovery/service-instance.ts';
import { type Strategy, strategies } from '../../../recipes/discovery/strategies.ts';

/** An instance that publishes a figure. */
function instance(id: string, figure = 1): FoundInstance<number> {
  return {
    path: `/services/s/${id}`,
    name: 's',
    id,
    address: 'a',
    port: 1,
    sslPort: null,
    payload: figure,
    registeredMs: 0,
    type: 'dynamic',
    uriSpec: null,
    isEnabled: true,
    unknown: {},
  };
}

function picks(
  strategy: Strategy<number>,
  instances: readonly FoundInstance<number>[],
  randoms: readonly number[],
): readonly (string | undefined)[] {
  return randoms.map((each) => strategy(instances, each)?.id);
}

const [a, b, c] = [instance('a'), instance('b'), instance('c')];
const figureOf = ({ payload }: FoundInstance<number>) => payload;

const { roundRobin, random, sticky, weighted, leastLoaded } = strategies;

const all: Readonly<Record<string, () => Strategy<number>>> = {
  'round-robin': roundRobin,
  random,
  sticky,
  weighted: () => weighted(figureOf),
  'least-loaded': () => leastLoaded(figureOf),
};

test.each(Object.entries(all))('%s picks one of those that are there', (_, make) => {
  const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 });
  const rounds = fc.array(fc.tuple(ids, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), { minLength: 1 });
  fc.assert(
    fc.property(rounds, (list) => {
      const strategy = make();
      for (const [there, uniform] of list)
        expect(there).toContain(
          strategy(
            there.toSorted().map((id) => instance(id)),
            uniform,
          )?.id,
        );
    }),
  );
});

describe('round-robin', () => {
  test('goes on after the last, from any at first', () => {
    expect(picks(roundRobin(), [a, b, c], [0.4, 0, 0, 0, 0])).toEqual(['b', 'c', 'a', 'b', 'c']);
  });

  test('keeps the turns of the others when one comes or goes', () => {
    const strategy = roundRobin<number>();
    expect(strategy([a, b, c], 0.4)?.id).toBe('b');
    expect(strategy([a, c], 0)?.id).toBe('c');
    expect(strategy([a, b, c], 0)?.id).toBe('a');
    expect(strategy([b, c], 0)?.id).toBe('b');
  });
});

test('random is even', () => {
  expect(picks(random(), [a, b, c], [0, 0.33, 0.34, 0.66, 0.67, 0.99])).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
});

test('sticky stays until the one is gone, and then with the next', () => {
  const strategy = sticky<number>();
  expect(strategy([a, b, c], 0.5)?.id).toBe('b');
  expect(strategy([a, b, c], 0)?.id).toBe('b');
  expect(strategy([a, c], 0.9)?.id).toBe('c');
  expect(strategy([a, b, c], 0.5)?.id).toBe('c');
});

test('sticky asks another strategy for the one to stay with', () => {
  const strategy = sticky(leastLoaded(figureOf));
  expect(strategy([instance('a', 5), instance('b', 2)], 0)?.id).toBe('b');
  expect(strategy([instance('a', 1), instance('b', 2)], 0)?.id).toBe('b');
});

describe('weighted', () => {
  test('picks as often as the weights say', () => {
    const instances = [instance('a', 1), instance('b', 0), instance('c', 3)];
    expect(picks(weighted(figureOf), instances, [0, 0.24, 0.25, 0.5, 0.99])).toEqual(['a', 'a', 'c', 'c', 'c']);
  });

  test('rounding leaves nobody out', () => {
    const instances = [0.1, 0.2, 0.3].map((weight, index) => instance(String(index), weight));
    expect(picks(weighted(figureOf), instances, [1 - Number.EPSILON / 2])).toEqual(['2']);
  });

  test.each([[Number.NaN], [-1], [0]])('a weight of %d is none', (weight) => {
    expect(picks(weighted(figureOf), [instance('a', weight), b], [0, 0.99])).toEqual(['b', 'b']);
    expect(picks(weighted(figureOf), [instance('a', weight)], [0, 0.99])).toEqual([undefined, undefined]);
  });
});

describe('least-loaded', () => {
  test('picks the least, of several any', () => {
    const instances = [instance('a', 2), instance('b', 1), instance('c', 1)];
    expect(picks(leastLoaded(figureOf), instances, [0, 0.5])).toEqual(['b', 'c']);
  });

  test('who tells no figure is picked last', () => {
    const [silent, busy] = [instance('a', Number.NaN), instance('b', 1_000)];
    expect(picks(leastLoaded(figureOf), [silent, busy], [0])).toEqual(['b']);
    expect(picks(leastLoaded(figureOf), [silent], [0])).toEqual(['a']);
  });
});
