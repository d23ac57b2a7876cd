import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FlightWindow, type InFlight } from '../../../src/driver/wire/flight-window.ts';

const timeoutMs = 4_000;

function sent(window: FlightWindow, bytes: number, nowMs: number): InFlight {
  const request = { cost: 0, flight: 0, sentAtMs: 0 };
  window.sent(request, bytes, nowMs);
  return request;
}

/** A server that needs `serviceMs` for each request, one after the other, behind a way of `wayMs` there and back. */
function play(total: number, serviceMs: number, wayMs: number, bytes = 100, window = new FlightWindow(timeoutMs)) {
  const flight: { request: InFlight; dueMs: number }[] = [];
  let [nowMs, freeAtMs, left, longestMs, largest] = [0, 0, total, 0, 0];
  for (;;) {
    while (left > 0 && window.hasRoom) {
      left -= 1;
      freeAtMs = Math.max(freeAtMs, nowMs + wayMs / 2) + serviceMs;
      flight.push({ request: sent(window, bytes, nowMs), dueMs: freeAtMs + wayMs / 2 });
    }
    largest = Math.max(largest, flight.length);
    const next = flight.shift();
    if (next === undefined) return { window, nowMs, longestMs, largest };
    nowMs = next.dueMs;
    longestMs = Math.max(longestMs, nowMs - next.request.sentAtMs);
    window.answered(next.request, nowMs);
  }
}

test('a slow server has no more to do than it answers well within the session’s timeout', () => {
  const { longestMs, nowMs } = play(300, 100, 1);
  expect(longestMs).toBeLessThan(timeoutMs / 4);
  // It is kept busy all the time.
  expect(nowMs).toBeLessThan(300 * 100 + 100);
});

test('however slow, if it needs no more than a tenth of the timeout for each', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: timeoutMs / 10 }),
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 1, max: 400 }),
      (serviceMs, wayMs, total) => {
        expect(play(total, serviceMs, wayMs).longestMs).toBeLessThan(0.9 * timeoutMs);
      },
    ),
  );
});

test('a fast server gets all there is after a few round trips', () => {
  const { largest, nowMs } = play(2_000, 0.02, 0.5);
  expect(largest).toBeGreaterThan(500);
  expect(nowMs).toBeLessThan(2_000 * 0.02 + 5 * 0.5);
});

test('a far server is not taken for a slow one', () => {
  const { largest } = play(2_000, 0.02, 800);
  expect(largest).toBeGreaterThan(500);
});

test('a way that has become longer is not taken for a queue for ever', () => {
  const { window } = play(100, 0.02, 0.5);
  const { nowMs } = play(2_000, 0.02, 900, 100, window);
  expect(nowMs).toBeLessThan(30 * 900);
});

test('large requests count for what they are', () => {
  const { largest } = play(20, 300, 1, 1_000_000);
  expect(largest).toBeLessThanOrEqual(4);
});

test('what was proven under load is not believed after a rest', () => {
  const { window } = play(5_000, 0.02, 0.5);
  expect(window.units).toBeGreaterThan(100);
  sent(window, 100, 60_000);
  expect(window.units).toBe(8);
});

test('a reply to one at a time opens nothing', () => {
  const window = new FlightWindow(timeoutMs);
  for (let nowMs = 0; nowMs < 1_000; nowMs += 1) window.answered(sent(window, 100, nowMs), nowMs + 1);
  expect(window.units).toBe(8);
});

test('one request may always leave, however large', () => {
  const window = new FlightWindow(timeoutMs);
  expect(window.hasRoom).toBe(true);
  sent(window, 10_000_000, 0);
  expect(window.hasRoom).toBe(false);
});
