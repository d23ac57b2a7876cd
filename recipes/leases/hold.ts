import { ReplaySubject, Subscription } from 'rxjs';
import { LeaseLostError } from '../../src/index.ts';
import { handled } from '../common/handled.ts';
import type { Basis } from './basis.ts';

/** What an exclusive or counted hold goes through. */
export type LeaseState =
  /** In line, with so many ahead. */
  | { readonly kind: 'queued'; readonly position: number }
  | { readonly kind: 'held' }
  | { readonly kind: 'lost'; readonly reason: LeaseLostError }
  | { readonly kind: 'released' };

/**
 * One hold, shared by all leases of one owner on it. It is given back when the last of them is.
 */
export class Hold {
  readonly basis: Basis;
  /** Of the first znode that stands for it. */
  readonly path: string;
  /** Of the first znode that stands for it. */
  readonly token: bigint;
  readonly state$ = new ReplaySubject<LeaseState>();
  readonly #watching = new Subscription();
  #signal: AbortController | undefined;
  #lost: LeaseLostError | undefined;
  #leases = 0;
  #released: Promise<void> | undefined;

  /** @param positions how many were ahead, one time after the other */
  constructor(basis: Basis, positions: readonly number[] = []) {
    this.basis = basis;
    const [{ path, token }] = basis.znodes;
    this.path = path;
    this.token = token;
    for (const position of positions) this.state$.next({ kind: 'queued', position });
    this.state$.next({ kind: 'held' });
    basis.whenLost((reason) => this.#lose(reason), this.#watching);
  }

  /** Made when it is asked for, since that takes longer than all the rest of a hold. */
  get signal(): AbortSignal {
    this.#signal ??= new AbortController();
    if (this.#lost !== undefined) this.#signal.abort(this.#lost);
    return this.#signal.signal;
  }

  get lost(): LeaseLostError | undefined {
    return this.#lost;
  }

  /** Has the last lease been given back? */
  get isOver(): boolean {
    return this.#released !== undefined;
  }

  isValid(): boolean {
    // The basis first: finding out that its time has passed ends the hold.
    return this.basis.isValid() && this.#lost === undefined && !this.isOver;
  }

  /** For one more lease. */
  share(): void {
    this.#leases += 1;
  }

  /**
   * For one lease less; resolves at once unless it was the last. Nobody has to wait for it.
   *
   * @throws what keeps a znode there
   */
  giveBack(): Promise<void> {
    this.#leases -= 1;
    if (this.#leases > 0) return Promise.resolve();
    this.#released ??= this.#release();
    return this.#released;
  }

  #release(): Promise<void> {
    this.#watching.unsubscribe();
    const gone = handled(this.basis.giveBack());
    if (this.#lost === undefined) {
      this.state$.next({ kind: 'released' });
      this.state$.complete();
    }
    return gone;
  }

  #lose(cause: unknown): void {
    if (this.#lost !== undefined) return;
    const reason = new LeaseLostError(this.path, cause);
    this.#lost = reason;
    this.#signal?.abort(reason);
    this.state$.next({ kind: 'lost', reason });
    this.state$.complete();
  }
}
