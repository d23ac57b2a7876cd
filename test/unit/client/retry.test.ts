import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  boundedExponential,
  exponential,
  fixed,
  forever,
  none,
  type RetryPolicy,
  times,
  untilElapsed,
} from '../../../src/client/calls/retry.ts';

const attempt = fc.integer({ min: 1, max: 200 });
const elapsedMs = fc.double({ min: 0, max: 1e7, noNaN: true });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const ms = fc.integer({ min: 1, max: 60_000 });
const limit = fc.integer({ min: 0, max: 50 });

const policy: fc.Arbitrary<RetryPolicy> = fc.oneof(
  fc.record({ baseMs: ms, capMs: ms }).map(exponential),
  fc.record({ baseMs: ms, capMs: ms, retries: limit }).map(boundedExponential),
  ms.map(fixed),
  fc.tuple(limit, ms).map(([retries, delayMs]) => times(retries, fixed(delayMs))),
  fc.tuple(ms, ms).map(([budgetMs, delayMs]) => untilElapsed(budgetMs, fixed(delayMs))),
  fc.tuple(limit, ms).map(([retries, delayMs]) => forever(times(retries, fixed(delayMs)))),
  fc.constant(none),
);

test('every policy stops or gives a wait that a timer can take, and the same one when asked again', () => {
  fc.assert(
    fc.property(policy, attempt, elapsedMs, random, (decide, ...given) => {
      const decision = decide(...given);
      expect(decide(...given)).toBe(decision);
      if (decision !== 'stop') expect(Number.isFinite(decision) && decision >= 0).toBe(true);
    }),
  );
});

test('exponential waits up to twice as long each time, to the cap, and uses the whole range', () => {
  fc.assert(
    fc.property(ms, ms, attempt, elapsedMs, random, (baseMs, capMs, tries, elapsed, chance) => {
      const ceilingMs = Math.min(capMs, baseMs * 2 ** (tries - 1));
      const delayMs = exponential({ baseMs, capMs })(tries, elapsed, chance);
      expect(delayMs).toBe(chance * ceilingMs);
      expect(exponential({ baseMs, capMs })(tries, elapsed, 0)).toBe(0);
    }),
  );
});

test('times and boundedExponential allow exactly so many more tries', () => {
  fc.assert(
    fc.property(limit, attempt, elapsedMs, random, (retries, tries, elapsed, chance) => {
      const stops = tries > retries;
      expect(times(retries, fixed(7))(tries, elapsed, chance)).toBe(stops ? 'stop' : 7);
      expect(boundedExponential({ baseMs: 5, capMs: 9, retries })(tries, elapsed, chance) === 'stop').toBe(stops);
    }),
  );
});

test('untilElapsed never waits past its budget', () => {
  fc.assert(
    fc.property(ms, ms, attempt, elapsedMs, random, (budgetMs, delayMs, tries, elapsed, chance) => {
      const decision = untilElapsed(budgetMs, fixed(delayMs))(tries, elapsed, chance);
      expect(decision === 'stop').toBe(elapsed + delayMs > budgetMs);
    }),
  );
});

test('forever goes on where the other stops, and none stops at once', () => {
  fc.assert(
    fc.property(policy, attempt, elapsedMs, random, (decide, ...given) => {
      const decision = decide(...given);
      expect(forever(decide, 123)(...given)).toBe(decision === 'stop' ? 123 : decision);
      expect(none(...given)).toBe('stop');
    }),
  );
});
