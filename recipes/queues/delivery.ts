import type { TransactionOperation } from '../../src/index.ts';

/** What its consumer says of an item, the worst last. */
export type Verdict =
  | { readonly kind: 'done' }
  /** Somebody may try again. */
  | { readonly kind: 'again'; readonly reason: unknown }
  /** To the dead letters. */
  | { readonly kind: 'dead'; readonly reason: unknown };

/** What a delivery shows of its claim. */
interface ClaimFacts {
  readonly name: string;
  readonly path: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/**
 * An item that is yours to handle: nobody else is given it until you say what has become of it, or your session ends. The first of `ack`, `release` and
 * `reject` counts.
 */
export class Delivery<T> implements AsyncDisposable {
  readonly item: T;
  /** Name of the item's znode. */
  readonly name: string;
  /** Path of the item's znode. */
  readonly path: string;
  /** Which attempt this is at handling it, from 1: how often it was given to somebody, whatever became of them. */
  readonly attempt: number;
  /** Aborted with a `LeaseLostError` when the session is over: somebody else may be handling the item from then on. */
  readonly signal: AbortSignal;
  readonly #check: () => TransactionOperation;
  readonly #settle: (verdict: Verdict) => Promise<void>;
  #settled: Promise<void> | undefined;

  /** @internal Deliveries are made by queues. */
  constructor(item: T, claim: ClaimFacts, check: () => TransactionOperation, settle: (verdict: Verdict) => Promise<void>) {
    this.item = item;
    this.name = claim.name;
    this.path = claim.path;
    this.attempt = claim.attempt;
    this.signal = claim.signal;
    this.#check = check;
    this.#settle = settle;
  }

  /**
   * It has been handled: takes it out of the queue.
   *
   * @throws {LeaseLostError} the session was over before that was known; the item may be handled again
   */
  async ack(): Promise<void> {
    await this.#conclude({ kind: 'done' });
  }

  /**
   * It has not been handled: gives it back, at its old place in the queue. If this was the last of `maxDeliveries`, it goes to the dead letters, with the
   * reason.
   *
   * @throws {LeaseLostError} the session was over before, so that it is free in any case
   */
  async release(reason: unknown = 'no reason was given'): Promise<void> {
    await this.#conclude({ kind: 'again', reason });
  }

  /**
   * It will never be handled: moves it to the dead letters, with the reason.
   *
   * @throws {LeaseLostError} the session was over before that was known; the item may be still in the queue, or somebody else's
   */
  async reject(reason: unknown): Promise<void> {
    await this.#conclude({ kind: 'dead', reason });
  }

  /**
   * The operation that a transaction has to contain to be applied only while the item is yours.
   *
   * @see CURATOR-605
   */
  check(): TransactionOperation {
    return this.#check();
  }

  /** Gives it back, unless you have said already what has become of it. Never rejects. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release('it was never acknowledged').catch(() => {});
  }

  #conclude(verdict: Verdict): Promise<void> {
    this.#settled ??= this.#settle(verdict);
    return this.#settled;
  }
}
