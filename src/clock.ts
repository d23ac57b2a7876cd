/** Stops the timer; idempotent. */
export type CancelTimer = () => void;

/**
 * Where all time and randomness comes from, so that tests can bring their own. `performance`, `Date`, timers and random numbers are used nowhere else.
 */
export interface Clock {
  /**
   * Milliseconds since an arbitrary instant, never going back, and going on while the event loop is stalled or the process is stopped (SIGSTOP).
   * Node's `performance.now()` is CLOCK_MONOTONIC on Linux: it does, but it stands still while the whole machine sleeps.
   */
  now(): number;
  /** Milliseconds since the epoch. For people and for znodes' times, never for deciding who holds what. */
  wallTime(): number;
  /** Calls `action` once, `delayMs` from now. A `background` timer does not keep the process alive. */
  setTimer(delayMs: number, action: () => void, options?: { readonly background?: boolean }): CancelTimer;
  /** Uniform in [0, 1). */
  random(): number;
}

// Node fires a timer with a longer delay at once, so such a one is made of several.
const longestDelayMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimer(delayMs, action, { background = false } = {}) {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number) => {
      timer =
        leftMs > longestDelayMs ? setTimeout(() => arm(leftMs - longestDelayMs), longestDelayMs) : setTimeout(action, Math.max(0, leftMs));
      if (background) timer.unref();
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Calls `action` when all that is under way on the stack, and every promise that it has settled, has run its course. */
export function nextTurn(action: () => void): void {
  setImmediate(action);
}

/** A random (version 4) UUID, in lower case. */
export function randomUuid(): string {
  return crypto.randomUUID();
}
