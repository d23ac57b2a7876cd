import { expect, test } from 'vitest';
import { Wakeup } from '../../../../recipes/common/wakeup.ts';
import { never, systemClock } from '../../../../src/index.ts';

test('a notification wakes everybody who waits', async () => {
  const wakeup = new Wakeup();
  const waits = [wakeup.wait(systemClock, undefined, never), wakeup.wait(systemClock, undefined, never)];
  wakeup.notify();
  expect(await Promise.all(waits)).toEqual([true, true]);
});

test('a notification that nobody waits for is kept for the next wait, and counts once', async () => {
  const wakeup = new Wakeup();
  wakeup.notify();
  wakeup.notify();
  expect(await wakeup.wait(systemClock, undefined, never)).toBe(true);
  expect(await wakeup.wait(systemClock, 1, never)).toBe(false);
});

test('a notification right after a wait was given up is kept', async () => {
  const wakeup = new Wakeup();
  const interest = new AbortController();
  const wait = wakeup.wait(systemClock, undefined, interest.signal);
  interest.abort();
  wakeup.notify();
  expect(await wait).toBe(false);
  expect(await wakeup.wait(systemClock, undefined, never)).toBe(true);
});

test('a reset forgets what was kept', async () => {
  const wakeup = new Wakeup();
  wakeup.notify();
  wakeup.reset();
  expect(await wakeup.wait(systemClock, 1, never)).toBe(false);
});
