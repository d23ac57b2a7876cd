import type { CancelTimer, Clock } from '../../src/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly action: () => void;
}

/** Time stands still until it is told to go on, and timers fire in the order they are due. `random` gives 0.5 unless told otherwise. */
export class ManualClock implements Clock {
  random: () => number = () => 0.5;
  #nowMs: number;
  readonly #timers = new Set<Timer>();

  constructor(nowMs = 1_000) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  wallTime(): number {
    return 1_700_000_000_000 + this.#nowMs;
  }

  /** Timers that have neither fired nor been cancelled. */
  get timerCount(): number {
    return this.#timers.size;
  }

  setTimer(delayMs: number, action: () => void): CancelTimer {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), action };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Goes on by `ms`, firing each timer at the instant it is due. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#nextBy(endMs); next !== undefined; next = this.#nextBy(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      this.#timers.delete(next);
      next.action();
    }
    this.#nowMs = endMs;
  }

  /** The event loop stalls, or the process is stopped: time goes on and no timer fires until the next `advance`. */
  stall(ms: number): void {
    this.#nowMs += ms;
  }

  #nextBy(endMs: number): Timer | undefined {
    const due = [...this.#timers].filter(({ dueMs }) => dueMs <= endMs);
    return due.sort((a, b) => a.dueMs - b.dueMs)[0];
  }
}
