import { expect, test } from 'vitest';
import { Turns } from '../../../recipes/counters/ledger/turns.ts';

/** How long it goes on without a pause, one round of `roundMs` after the other, and how long it pauses then. */
function turnOf(turns: Turns, roundMs: number, startMs: number, random: number): { readonly turnMs: number; readonly pauseMs: number } {
  for (let nowMs = startMs; ; nowMs += roundMs) {
    const pauseMs = turns.pauseMs(nowMs, random);
    if (pauseMs > 0) return { turnMs: nowMs - startMs, pauseMs };
    turns.won(nowMs, nowMs + roundMs);
  }
}

test('alone, it gives way for a moment after many rounds, and then goes on', () => {
  const turns = new Turns();
  expect(turnOf(turns, 2, 0, 0.5)).toEqual({ turnMs: 202, pauseMs: 4 });
  expect(turnOf(turns, 2, 1_000, 0.5)).toEqual({ turnMs: 202, pauseMs: 4 });
});

test('beside others, it gives way more often and for longer, until it has been alone for a while', () => {
  const turns = new Turns();
  turns.lost(0);
  expect(turnOf(turns, 2, 0, 0.5)).toEqual({ turnMs: 18, pauseMs: 16 });
  expect(turnOf(turns, 2, 1_000, 0.5)).toEqual({ turnMs: 202, pauseMs: 4 });
});

test('it does not pause where it has left the others time anyhow, nor before its first change', () => {
  const turns = new Turns();
  expect(turns.pauseMs(0, 1)).toBe(0);
  turns.won(0, 2);
  for (let nowMs = 10; nowMs < 1_000; nowMs += 10) {
    expect(turns.pauseMs(nowMs, 1)).toBe(0);
    turns.won(nowMs, nowMs + 2);
  }
});
