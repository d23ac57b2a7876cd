import { EMPTY, Observable } from 'rxjs';
import { type Client, LeaseLostError, type TransactionOperation, whenAborted } from '../../src/index.ts';
import { completeOnClose } from '../common/closing.ts';
import type { Znodes } from './basis.ts';
import type { Hold, LeaseState } from './hold.ts';
import { TimedBasis } from './timed-basis.ts';

/** The largest there is; the znode of a lease is not written that often. */
const noVersion = 0x7fffffff;

/**
 * A hold: proof for its owner, for as long as it is valid, that nobody else holds.
 *
 * Valid means: not released, and the session that made its znode is certain to be alive by the clock at the time of asking
 * (`Session.validUntilMs`). Nothing can stop a holder that was certain a moment ago and is delayed now: hand `token` to what the
 * lease guards, and let that refuse smaller ones than it has seen.
 */
export class Lease implements AsyncDisposable {
  /** The fencing token: the zxid that made the lease's znode. Larger for every later holder. Of several znodes, the first one's. */
  readonly token: bigint;
  /** The znode that stands for the lease. Of several, the first. */
  readonly path: string;
  readonly #hold: Hold;
  readonly #whenReleased: () => void;
  #released: Promise<void> | undefined;

  /** @internal Leases are made by recipes. */
  constructor(hold: Hold, whenReleased: () => void = () => {}) {
    this.#hold = hold;
    this.#whenReleased = whenReleased;
    this.token = hold.token;
    this.path = hold.path;
    hold.share();
  }

  /** All znodes that stand for the lease, each with its token: one for a lock, one for each permit of a semaphore, one for each lock of a `MultiLock`. */
  get znodes(): Znodes {
    return this.#hold.basis.znodes;
  }

  /**
   * How many of this process held before under the same znode, one passing it on to the next: 0 without `handoff`. Among leases with one token, the larger
   * turn is the later.
   */
  get turn(): number {
    return this.#hold.basis.turn ?? 0;
  }

  /** Aborted with a `LeaseLostError` the moment the hold is no longer certain. Not aborted by a release. */
  get signal(): AbortSignal {
    return this.#hold.signal;
  }

  /** From the wait in line to the end: replays what has been, completes with `lost` or `released`. */
  get state$(): Observable<LeaseState> {
    return this.#hold.state$.asObservable();
  }

  /**
   * Emits, once, when somebody asks for it back: `mutex.revoke`, or Curator's `Revoker`. The holder is asked, not forced. Completes when the lease is
   * over. Looks at the server only while it is subscribed to, and finds what was asked before, too.
   */
  get revoke$(): Observable<void> {
    return this.#hold.basis.revoke$;
  }

  /**
   * Emits when the end of `maxHoldMs` is near, and again when it is near after `renew`; at once if it is near already. Completes when the lease is over;
   * without `maxHoldMs`, at once.
   */
  get expiring$(): Observable<void> {
    const { basis } = this.#hold;
    return basis instanceof TimedBasis ? basis.expiring$ : EMPTY;
  }

  /**
   * The lease may be held for `maxHoldMs` from now. Without `maxHoldMs`, nothing ends it anyway.
   *
   * @throws {LeaseLostError} unless `isValid()`
   */
  renew(): void {
    this.assertValid();
    const { basis } = this.#hold;
    if (basis instanceof TimedBasis) basis.renew();
  }

  /** Compares clocks at the time of asking: right even when the event loop was stalled and no timer has run yet. */
  isValid(): boolean {
    return this.#released === undefined && this.#hold.isValid();
  }

  /** @throws {LeaseLostError} unless `isValid()` */
  assertValid(): void {
    if (this.isValid()) return;
    throw this.#hold.lost ?? new LeaseLostError(this.path, 'it was released');
  }

  /**
   * Gives the hold back, if no other lease of the same owner is on it. Idempotent. The request leaves in the tick of the call;
   * the promise resolves when the server has confirmed, or when the session is over. A lost reply does not matter: the deletion goes on
   * in the background until it is certain, and `client.close()` waits for it. Nobody has to wait for the promise: a rejection that nobody handles does not
   * end the process.
   *
   * @throws {NoAuthError} the ACL forbids us to delete the znode: it is still there, and keeps everybody out until our session is over
   */
  release(): Promise<void> {
    if (this.#released === undefined) {
      this.#whenReleased();
      this.#released = this.#hold.giveBack();
    }
    return this.#released;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /**
   * For `client.transaction`: the others go through only if the lease's znode is still there, that is, only while we hold. Once the lease is not valid any
   * more, none that it gives goes through. Of several znodes, it checks the first; check the others likewise.
   *
   * With `handoff`, a lease that was asked for it is not passed on: its znode is deleted when it is given back, so that nothing that was guarded by it goes
   * through while the next one holds.
   */
  check(): TransactionOperation {
    if (!this.isValid()) return { op: 'check', path: this.path, version: noVersion };
    this.#hold.basis.guarded?.();
    return { op: 'check', path: this.path };
  }
}

/**
 * The observable form of any way to acquire. Subscribing gets in line; the lease is emitted when it is ours; unsubscribing leaves the line
 * or releases; losing the lease is an error, and closing the client completes it.
 */
export function held(client: Client, acquire: (signal: AbortSignal) => Promise<Lease>): Observable<Lease> {
  const held$ = new Observable<Lease>((subscriber) => {
    const interest = new AbortController();
    acquire(interest.signal).then(
      (lease) => {
        // Runs at once if the subscriber left while the last reply was on its way. `client.close()` awaits it.
        subscriber.add(() => void lease.release());
        subscriber.add(whenAborted(lease.signal, (reason) => subscriber.error(reason)));
        subscriber.next(lease);
      },
      (error: unknown) => subscriber.error(error),
    );
    return () => interest.abort();
  });
  return held$.pipe(completeOnClose(client));
}
