import { type Clock, Deadline, never, OperationTimeoutError, whenAborted } from '../../../src/index.ts';
import type { WaitOptions } from '../../common/wait-options.ts';
import type { Terms } from '../counter-options.ts';
import type { Change, Outcome } from './apply-all.ts';

/** What became of a change, and how often it was tried. */
export type Settled<T> = Exclude<Outcome<T>, { kind: 'refused' }> & { readonly attempts: number };

/** Somebody who waits for a change. */
export interface Caller<T> {
  readonly change: Change<T>;
  readonly terms: Terms;
  readonly sinceMs: number;
  attempts: number;
  /** Is a request under way that bears the change? */
  isSent: boolean;
  readonly resolve: (settled: Settled<T>) => void;
  readonly reject: (error: unknown) => void;
}

/** What somebody asks for; `operation` names it in errors. */
export interface Wish<T> {
  readonly operation: string;
  readonly change: Change<T>;
  readonly terms: Terms;
}

/** Those who wait for their changes to one znode, in the order of their calls. Each waits until it is settled or fails, or gives up. */
export class Callers<T> {
  readonly #clock: Clock;
  readonly #path: string;
  readonly #waiting = new Set<Caller<T>>();
  #interest = new AbortController();

  constructor(clock: Clock, path: string) {
    this.#clock = clock;
    this.#path = path;
  }

  /** Who waits now. */
  get all(): readonly Caller<T>[] {
    return [...this.#waiting];
  }

  /** Who has waited longest. */
  get oldest(): Caller<T> | undefined {
    const [oldest] = this.#waiting;
    return oldest;
  }

  /** Aborts when all have given up. */
  get signal(): AbortSignal {
    if (this.#interest.signal.aborted) this.#interest = new AbortController();
    return this.#interest.signal;
  }

  has(caller: Caller<T>): boolean {
    return this.#waiting.has(caller);
  }

  /** @param arrived called when it waits */
  async wait({ operation, change, terms }: Wish<T>, { timeoutMs, signal = never }: WaitOptions, arrived: () => void): Promise<Settled<T>> {
    let isSent = () => false;
    using deadline = new Deadline(this.#clock, { timeoutMs, signal }, () => {
      return new OperationTimeoutError(operation, this.#path, timeoutMs ?? 0, isSent() ? 'unknown' : 'not-sent');
    });
    deadline.signal.throwIfAborted();
    let stopListening = () => {};
    try {
      return await new Promise((resolve, reject) => {
        const caller = { change, terms, sinceMs: this.#clock.now(), attempts: 0, isSent: false, resolve, reject };
        isSent = () => caller.isSent;
        stopListening = whenAborted(deadline.signal, (reason) => {
          this.fail(caller, reason);
          if (this.#waiting.size === 0) this.#interest.abort(reason);
        });
        this.#waiting.add(caller);
        arrived();
      });
    } finally {
      stopListening();
    }
  }

  settle(caller: Caller<T>, outcome: Outcome<T>): void {
    if (outcome.kind === 'refused') {
      this.fail(caller, outcome.error);
      return;
    }
    this.#waiting.delete(caller);
    caller.resolve({ ...outcome, attempts: caller.attempts });
  }

  fail(caller: Caller<T>, error: unknown): void {
    this.#waiting.delete(caller);
    caller.reject(error);
  }
}
