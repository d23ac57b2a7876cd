import { expect, test } from 'vitest';
import { redialDelayMs, type Trouble } from '../../../src/driver/wire/backoff.ts';

const almostOne = 1 - Number.EPSILON;
const trouble = (over: Partial<Trouble>): Trouble => ({
  failures: 0,
  forMs: 0,
  isNonsense: false,
  sessionTimeoutMs: 4_000,
  servers: 3,
  ...over,
});

test('within a lap over the servers the next is tried at once', () => {
  expect(redialDelayMs(trouble({ failures: 1 }), almostOne)).toBe(0);
  expect(redialDelayMs(trouble({ failures: 2 }), almostOne)).toBe(0);
  expect(redialDelayMs(trouble({ failures: 3 }), almostOne)).toBeGreaterThan(0);
});

test('while the session may live no wait is longer than a tenth of a second, however many tries have failed', () => {
  for (let failures = 0; failures < 300; failures += 3) {
    expect(redialDelayMs(trouble({ failures, forMs: 3_999 }), almostOne)).toBeLessThan(100);
  }
});

test('later the waits grow to a second and no further', () => {
  expect(redialDelayMs(trouble({ failures: 300, forMs: 4_000 }), almostOne)).toBeGreaterThan(900);
  expect(redialDelayMs(trouble({ failures: 3_000, forMs: 400_000 }), almostOne)).toBeLessThanOrEqual(1_000);
});

test('a server that says what means nothing is not asked again and again while the session may live', () => {
  expect(redialDelayMs(trouble({ failures: 300, isNonsense: true }), almostOne)).toBeGreaterThan(900);
});

test('the wait is uniform from zero, so that clients spread', () => {
  expect(redialDelayMs(trouble({ failures: 9 }), 0)).toBe(0);
  expect(redialDelayMs(trouble({ failures: 9 }), 0.25)).toBe(redialDelayMs(trouble({ failures: 9 }), 0.5) / 2);
});
