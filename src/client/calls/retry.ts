/**
 * Decides whether to try again, and when. Pure: no clock, no randomness, no state of its own.
 *
 * @param attempt how many tries have failed, from 1
 * @param elapsedMs since the first try began
 * @param random uniform in [0, 1), drawn by the caller
 * @returns milliseconds to wait before the next try, or `'stop'`
 */
export type RetryPolicy = (attempt: number, elapsedMs: number, random: number) => number | 'stop';

/** Full jitter (Brooker, "Exponential Backoff and Jitter", AWS 2015): uniform in [0, min(cap, base · 2^(attempt−1))). Never stops. */
export function exponential({ baseMs, capMs }: { readonly baseMs: number; readonly capMs: number }): RetryPolicy {
  return (attempt, _elapsedMs, random) => random * Math.min(capMs, baseMs * 2 ** (attempt - 1));
}

/** `exponential` for so many more tries; Curator's `BoundedExponentialBackoffRetry`. */
export function boundedExponential({
  baseMs,
  capMs,
  retries,
}: {
  readonly baseMs: number;
  readonly capMs: number;
  readonly retries: number;
}): RetryPolicy {
  return times(retries, exponential({ baseMs, capMs }));
}

/** The same wait each time, without jitter. Never stops. */
export function fixed(delayMs: number): RetryPolicy {
  return () => delayMs;
}

/** At most `limit` more tries after the first. */
export function times(limit: number, policy: RetryPolicy): RetryPolicy {
  return (attempt, elapsedMs, random) => (attempt > limit ? 'stop' : policy(attempt, elapsedMs, random));
}

/** Stops when the wait itself would pass the budget, so that nobody sleeps for nothing. */
export function untilElapsed(budgetMs: number, policy: RetryPolicy): RetryPolicy {
  return (attempt, elapsedMs, random) => {
    const delayMs = policy(attempt, elapsedMs, random);
    return delayMs === 'stop' || elapsedMs + delayMs > budgetMs ? 'stop' : delayMs;
  };
}

/** Goes on where `policy` stops, with `capMs` between the tries. */
export function forever(policy: RetryPolicy, capMs = 5_000): RetryPolicy {
  return (attempt, elapsedMs, random) => {
    const delayMs = policy(attempt, elapsedMs, random);
    return delayMs === 'stop' ? capMs : delayMs;
  };
}

/** Never again: what fails once fails. */
export const none: RetryPolicy = () => 'stop';
