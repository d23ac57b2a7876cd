import { type Clock, whenAborted } from '../../src/index.ts';

/** For one who looks again whenever something may have happened. A ring that nobody waits for is kept for the next wait; several are one. */
export class Bell {
  #hasRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#hasRung = true;
    this.#wake?.();
  }

  /** Resolves when it rings, `timeoutMs` have passed or the signal aborts. */
  async heard(clock: Clock, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#hasRung && !signal.aborted && timeoutMs > 0) await this.#wait(clock, timeoutMs, signal);
    this.#hasRung = false;
  }

  async #wait(clock: Clock, timeoutMs: number, signal: AbortSignal): Promise<void> {
    let cancelTimer = () => {};
    let stopListening = () => {};
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      cancelTimer = clock.setTimer(timeoutMs, resolve);
      stopListening = whenAborted(signal, () => resolve());
    });
    cancelTimer();
    stopListening();
    this.#wake = undefined;
  }
}
