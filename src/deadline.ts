import { never, whenAborted } from './abort.ts';
import type { Clock } from './clock.ts';

export interface DeadlineOptions {
  /** Milliseconds from now; none if undefined. */
  readonly timeoutMs?: number | undefined;
  /** Aborts before that; none if undefined. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The one deadline of a call, to be passed down to all that the call does: a signal that aborts when the time is up or the caller's signal does.
 * Dispose of it when the call is over, so that no timer or listener is left.
 */
export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #stop: () => void = () => {};

  /** @param timedOut makes the signal's reason when the time is up */
  constructor(clock: Clock, { timeoutMs, signal = never }: DeadlineOptions, timedOut: () => Error) {
    if (timeoutMs === undefined) {
      this.signal = signal;
      return;
    }
    const controller = new AbortController();
    const cancelTimer = clock.setTimer(timeoutMs, () => controller.abort(timedOut()));
    const stopListening = whenAborted(signal, (reason) => controller.abort(reason));
    this.signal = controller.signal;
    this.#stop = () => {
      cancelTimer();
      stopListening();
    };
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}
