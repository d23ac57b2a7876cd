import { joinPath, LeaseLostError, NoNodeError, type Session, SessionLostError, type TransactionOperation } from '../../../src/index.ts';
import type { FoundItem } from '../intake/found-item.ts';
import type { Site } from '../intake/site.ts';
import type { Applied } from './apply.ts';
import { bury } from './bury.ts';
import type { Settler } from './settler.ts';

/** What its consumer says of an item, the worst last. */
export type Verdict =
  | { readonly kind: 'done' }
  /** Somebody may try again. */
  | { readonly kind: 'again'; readonly reason: unknown }
  /** To the dead letters. */
  | { readonly kind: 'dead'; readonly reason: unknown };

export interface ClaimTerms {
  readonly settler: Settler;
  /** For how long after it was given back nobody of this queue object tries again. */
  readonly retryDelayMs: number;
  /** Called when it is not in our hands any more. */
  readonly onEnd: () => void;
}

/** An item's znode that is ours to handle, for as long as the session lives or until we say what has become of it. */
export class Claim<T> {
  readonly item: FoundItem<T>;
  readonly path: string;
  /** Which attempt this is at handling it, from 1. */
  readonly attempt: number;
  /** Aborted with a `LeaseLostError` when the session is over. */
  readonly signal: AbortSignal;
  readonly #site: Site<T>;
  readonly #session: Session;
  readonly #terms: ClaimTerms;
  readonly #lost = new AbortController();
  readonly #stopFollowing: () => void;

  constructor(site: Site<T>, session: Session, item: FoundItem<T>, terms: ClaimTerms) {
    this.item = item;
    this.path = joinPath(site.lockPath, item.name);
    this.attempt = item.version + 1;
    this.signal = this.#lost.signal;
    this.#site = site;
    this.#session = session;
    this.#terms = terms;
    this.#stopFollowing = session.whenOver((reason) => this.#lost.abort(new LeaseLostError(this.path, reason)));
  }

  /** The operation that a transaction has to contain to be applied only while this claim stands. */
  check(): TransactionOperation {
    return { op: 'check', path: this.path };
  }

  /**
   * Says what has become of the item, once.
   *
   * @throws {LeaseLostError} somebody else may have it by now
   */
  async settle(verdict: Verdict): Promise<void> {
    const { stock, client } = this.#site;
    const { name } = this.item;
    const final = this.#finalOf(verdict);
    try {
      this.signal.throwIfAborted();
      await this.#conclude(await this.#apply(final));
      if (final.kind === 'again') stock.free(name, client.now() + this.#terms.retryDelayMs);
      else stock.drop(name);
    } catch (error) {
      stock.free(name);
      throw error instanceof SessionLostError ? new LeaseLostError(this.path, error) : error;
    } finally {
      this.#stopFollowing();
      this.#terms.onEnd();
    }
  }

  /** The last of all attempts is not given back. */
  #finalOf(verdict: Verdict): Verdict {
    return verdict.kind === 'again' && this.attempt >= this.#site.maxDeliveries ? { ...verdict, kind: 'dead' } : verdict;
  }

  async #apply(verdict: Verdict): Promise<Applied> {
    const { settler } = this.#terms;
    const removal: TransactionOperation = { op: 'delete', path: this.path };
    switch (verdict.kind) {
      case 'done':
        return await settler.settle(this.#session, [{ op: 'delete', path: this.item.path }, removal]);
      case 'again':
        return await settler.settle(this.#session, [removal]);
      case 'dead':
        return await bury(this.#site, this.#session, this.item, {
          reason: verdict.reason,
          deliveries: this.attempt,
          isClaimed: true,
        });
    }
  }

  async #conclude(result: Applied): Promise<void> {
    if (result.kind === 'applied') return;
    if (result.kind !== 'refused') throw new LeaseLostError(this.path, result.kind === 'lost' ? result.error : undefined);
    const { error } = result;
    if (error instanceof NoNodeError && error.path === this.path) throw new LeaseLostError(this.path, error);
    await this.#site.client.deleteForSure(this.path, { session: this.#session });
    // That nobody has it any more is what was wanted.
    if (!(error instanceof NoNodeError && error.path === this.item.path)) throw error;
  }
}
