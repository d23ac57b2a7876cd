import { type CallOptions, type Client, Deadline, never, TakeTimeoutError, whenAborted } from '../../../src/index.ts';
import type { WaitOptions } from '../../common/wait-options.ts';

// A call that waits does so for as long as the servers are out of reach.
const longestTimeoutMs = 2 ** 31 - 1;

// What has begun to leave the queue when the caller's time is up is finished, if the servers are there.
const graceMs = 10_000;

/** The bounds of one take: those of its caller, and wider ones for the removal of an item, which must not be broken off half-way. */
export class TakeBounds implements Disposable {
  readonly #client: Client;
  readonly #deadline: Deadline;
  readonly #callerSignal: AbortSignal;
  readonly #endsAtMs: number | undefined;

  /** @throws the signal's reason, when aborted */
  constructor(client: Client, path: string, { timeoutMs, signal = never }: WaitOptions) {
    signal.throwIfAborted();
    this.#client = client;
    this.#callerSignal = signal;
    this.#endsAtMs = timeoutMs === undefined ? undefined : client.clock.now() + timeoutMs;
    this.#deadline = new Deadline(client.clock, { timeoutMs, signal }, () => new TakeTimeoutError(path, timeoutMs ?? 0));
  }

  /** Aborts when the caller wants no more. */
  get signal(): AbortSignal {
    return this.#deadline.signal;
  }

  /** For requests that change nothing, or nothing that could not be begun again. */
  get options(): CallOptions {
    return { signal: this.signal, timeoutMs: longestTimeoutMs };
  }

  /** Does `removing`, with a signal that aborts some time after the caller's, and no timeout but that of the caller and some time more. */
  async beyond<T>(removing: (bounds: { readonly signal: AbortSignal; readonly timeoutMs: number }) => Promise<T>): Promise<T> {
    const { clock } = this.#client;
    const ending = new AbortController();
    let cancelTimer = () => {};
    const stopListening = whenAborted(this.#callerSignal, (reason) => {
      cancelTimer = clock.setTimer(graceMs, () => ending.abort(reason));
    });
    const leftMs = this.#endsAtMs === undefined ? longestTimeoutMs : Math.max(0, this.#endsAtMs - clock.now()) + graceMs;
    try {
      return await removing({ signal: ending.signal, timeoutMs: Math.min(leftMs, longestTimeoutMs) });
    } finally {
      stopListening();
      cancelTimer();
    }
  }

  [Symbol.dispose](): void {
    this.#deadline[Symbol.dispose]();
  }
}
