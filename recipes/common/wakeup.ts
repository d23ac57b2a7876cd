import { type Clock, whenAborted } from '../../src/index.ts';

/**
 * For work that looks again whenever something may have changed. A notification wakes everybody who waits; if nobody does, it is kept for the next wait.
 * Several kept notifications count as one.
 */
export class Wakeup {
  readonly #waiting = new Set<(isNotified: boolean) => void>();
  #isPending = false;

  notify(): void {
    if (this.#waiting.size === 0) this.#isPending = true;
    for (const wake of this.#waiting) wake(true);
  }

  /** Forgets a kept notification: the caller looks right now. */
  reset(): void {
    this.#isPending = false;
  }

  /** Resolves with true upon a notification, and with false when `timeoutMs` (undefined: never) have passed or the signal aborts first. */
  async wait(clock: Clock, timeoutMs: number | undefined, signal: AbortSignal): Promise<boolean> {
    if (this.#isPending || signal.aborted) {
      const isNotified = this.#isPending;
      this.#isPending = false;
      return isNotified;
    }
    let cancelTimer = () => {};
    let stopListening = () => {};
    const isNotified = await new Promise<boolean>((resolve) => {
      // Taken off at once: a notification that comes before the caller goes on is for the next wait.
      const settle = (how: boolean) => {
        this.#waiting.delete(settle);
        resolve(how);
      };
      this.#waiting.add(settle);
      if (timeoutMs !== undefined) cancelTimer = clock.setTimer(timeoutMs, () => settle(false));
      stopListening = whenAborted(signal, () => settle(false));
    });
    cancelTimer();
    stopListening();
    return isNotified;
  }
}
