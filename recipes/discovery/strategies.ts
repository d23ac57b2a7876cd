import type { FoundInstance } from './service-instance.ts';

/**
 * Picks one of the instances that may be called: at least one, in the order of their paths. Undefined: none of them. It may remember what it has picked, so
 * give each provider its own.
 *
 * @param random uniform in [0, 1)
 */
export type Strategy<P> = (instances: readonly FoundInstance<P>[], random: number) => FoundInstance<P> | undefined;

/** Ways to pick an instance, each to be called for one provider. */
export const strategies = { roundRobin, random, sticky, weighted, leastLoaded } as const;

/**
 * One after the other, by their order, so that instances that come and go leave the turns of the others as they are. The first is any, so that many callers that
 * start at the same time do not all begin with the same.
 */
function roundRobin<P>(): Strategy<P> {
  let last: string | undefined;
  return (instances, random) => {
    const picked = last === undefined ? anyOf(instances, random) : after(instances, last);
    last = picked?.path;
    return picked;
  };
}

/** Any, each as likely as the others. */
function random<P>(): Strategy<P> {
  return anyOf;
}

/**
 * The same as long as it is there.
 *
 * @param choose picks the one to stay with. Default: any
 */
function sticky<P>(choose: Strategy<P> = anyOf): Strategy<P> {
  let last: string | undefined;
  return (instances, random) => {
    const picked = instances.find(({ path }) => path === last) ?? choose(instances, random);
    last = picked?.path;
    return picked;
  };
}

/**
 * Any, as often as its weight says: one of weight 2 twice as often as one of weight 1. One whose weight is not more than 0 is never picked.
 *
 * @param weightOf an instance's weight, from what it has published
 */
function weighted<P>(weightOf: (instance: FoundInstance<P>) => number): Strategy<P> {
  return (instances, random) => {
    const weighed = instances.map((instance) => ({ instance, weight: weightOf(instance) })).filter(({ weight }) => weight > 0);
    let left = random * weighed.reduce((sum, { weight }) => sum + weight, 0);
    const picked = weighed.find(({ weight }) => {
      left -= weight;
      return left < 0;
    });
    // Rounding may leave a little.
    return (picked ?? weighed.at(-1))?.instance;
  };
}

/**
 * The one with the least load; of several, any. All callers see the same figures, so they all turn to the one that was idle when it last told: have instances
 * publish their load often, or mix callers by `weighted`.
 *
 * @param loadOf an instance's load, from what it has published. What is no number counts as more than any
 */
function leastLoaded<P>(loadOf: (instance: FoundInstance<P>) => number): Strategy<P> {
  return (instances, random) => {
    const loads = instances.map((instance) => {
      const load = loadOf(instance);
      return Number.isNaN(load) ? Number.POSITIVE_INFINITY : load;
    });
    const least = loads.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);
    return anyOf(
      instances.filter((_, index) => loads[index] === least),
      random,
    );
  };
}

function anyOf<P>(instances: readonly FoundInstance<P>[], random: number): FoundInstance<P> | undefined {
  return instances[Math.floor(random * instances.length)];
}

function after<P>(instances: readonly FoundInstance<P>[], last: string): FoundInstance<P> | undefined {
  return instances.find(({ path }) => path > last) ?? instances[0];
}
