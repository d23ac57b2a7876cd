import { whenAborted } from '../../src/index.ts';

/** Calls a caller's `onQueued`. If that throws, or gives a promise that rejects, it ends the caller's own call with the same error, and nothing else. */
export class PositionReport implements Disposable {
  readonly #onQueued: (position: number) => unknown;
  readonly #interest = new AbortController();
  readonly #stopListening: () => void;

  /** @param signal the caller's */
  constructor(onQueued: (position: number) => unknown, signal: AbortSignal) {
    this.#onQueued = onQueued;
    this.#stopListening = whenAborted(signal, (reason) => this.#interest.abort(reason));
  }

  /** Aborts as the caller's does, and with what `onQueued` throws. */
  get signal(): AbortSignal {
    return this.#interest.signal;
  }

  /** Never throws. */
  report(position: number): void {
    // Never rejects.
    void this.#call(position);
  }

  async #call(position: number): Promise<void> {
    try {
      await this.#onQueued(position);
    } catch (error) {
      this.#interest.abort(error);
    }
  }

  [Symbol.dispose](): void {
    this.#stopListening();
  }
}
