import { type Clock, whenAborted } from '../src/index.ts';

/** For one who looks again whenever something may have happened. A ring that nobody waits for is kept for the next wait; several are one. */
export class Bell {
  #hasRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#hasRung = true;
    this.#wake?.();
  }

  /** Forgets a ring that nobody has heard, for one who looks right now. */
  quiet(): void {
    this.#hasRung = false;
  }

  /** Resolves with true when it rings, and with false when `timeoutMs` (undefined: never) have passed or the signal aborts before. */
  async heard(clock: Clock, timeoutMs: number | undefined, signal: AbortSignal): Promise<boolean> {
    if (!this.#hasRung && !signal.aborted) await this.#wait(clock, timeoutMs, signal);
    const hasRung = this.#hasRung;
    this.#hasRung = false;
    return hasRung;
  }

  async #wait(clock: Clock, timeoutMs: number | undefined, signal: AbortSignal): Promise<void> {
    let cancelTimer = () => {};
    let stopListening = () => {};
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (timeoutMs !== undefined) cancelTimer = clock.setTimer(timeoutMs, resolve);
      stopListening = whenAborted(signal, () => resolve());
    });
    cancelTimer();
    stopListening();
    this.#wake = undefined;
  }
}
