import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { randomUuid, systemClock } from '../../src/clock.ts';

describe('timers of the system clock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('fire once, when they are due', () => {
    const action = vi.fn();
    systemClock.setTimer(1_000, action);
    vi.advanceTimersByTime(999);
    expect(action).not.toHaveBeenCalled();
    vi.advanceTimersByTime(5_000);
    expect(action).toHaveBeenCalledTimes(1);
  });

  test('do not fire once cancelled, and cancelling twice is harmless', () => {
    const action = vi.fn();
    const cancel = systemClock.setTimer(10, action);
    cancel();
    cancel();
    vi.advanceTimersByTime(100);
    expect(action).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([30, 60])('of %i days fire on their day, though Node counts to 25 only', (days) => {
    const action = vi.fn();
    systemClock.setTimer(days * 86_400_000, action);
    vi.advanceTimersByTime(days * 86_400_000 - 1);
    expect(action).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(action).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('of 60 days can be cancelled on any day', () => {
    const action = vi.fn();
    const cancel = systemClock.setTimer(60 * 86_400_000, action);
    vi.advanceTimersByTime(40 * 86_400_000);
    cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that never fire are possible', () => {
    const action = vi.fn();
    const cancel = systemClock.setTimer(Number.POSITIVE_INFINITY, action);
    vi.advanceTimersByTime(100 * 86_400_000);
    expect(action).not.toHaveBeenCalled();
    cancel();
  });

  test('with a delay in the past fire at the next turn', () => {
    const action = vi.fn();
    systemClock.setTimer(-5, action);
    expect(action).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(action).toHaveBeenCalledTimes(1);
  });
});

test('now never goes back, and wallTime is the time of day', () => {
  const readings = Array.from({ length: 1_000 }, () => systemClock.now());
  expect(readings).toEqual(readings.toSorted((a, b) => a - b));
  expect(Math.abs(systemClock.wallTime() - Date.now())).toBeLessThan(60_000);
});

test('random numbers are in [0, 1), and UUIDs are of version 4, in lower case', () => {
  for (let i = 0; i < 100; i += 1) {
    expect(systemClock.random()).toBeGreaterThanOrEqual(0);
    expect(systemClock.random()).toBeLessThan(1);
    expect(randomUuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});
