import { joinPath, never, OutcomeUnknownError, randomUuid, type Session, type TransactionOperation } from '../../../src/index.ts';
import { inAnySession } from '../../common/in-any-session.ts';
import { unlessGone } from '../../common/unless-gone.ts';
import { makeDirectory } from '../directory.ts';
import type { FoundItem } from '../intake/found-item.ts';
import type { Site } from '../intake/site.ts';
import type { Taker } from '../intake/taker.ts';
import type { Applied, Group } from './apply.ts';
import { applyInDirectory } from './apply-in-directory.ts';
import { type Haul, takeInPieces } from './take-in-pieces.ts';

export interface RemovingTerms {
  /** Called when others were faster. */
  readonly onContention: () => void;
  /** Told of items that are gone, removed by us or by others: the session was over before we were answered. */
  readonly onUnknown: (error: OutcomeUnknownError) => void;
}

/**
 * At-most-once: an item is removed, and then handled. Each transaction of removals also writes its number into an ephemeral znode of ours, so that after a
 * lost reply it is certain whether it was ours that has removed the items.
 *
 * Without transactions an item is claimed, removed, and its claim given back: who holds the claim is the one who removes it.
 */
export class Removing<T> implements Taker<T, T> {
  readonly #site: Site<T>;
  readonly #terms: RemovingTerms;
  readonly #markPath: string;
  /** The session that has made our mark. */
  #marked: Session | undefined;
  #transactions = 0;

  constructor(site: Site<T>, terms: RemovingTerms) {
    this.#site = site;
    this.#terms = terms;
    this.#markPath = joinPath(site.lockPath, `taker-${randomUuid()}`);
  }

  async take(items: readonly FoundItem<T>[], session: Session): Promise<readonly T[]> {
    const { stock } = this.#site;
    const { onContention } = this.#terms;
    const haul = await takeInPieces(items, { stock, onContention }, (piece) => this.#remove(piece, session));
    for (const { name } of haul.taken) stock.drop(name);
    if (haul.unknown.length > 0) await this.#lookAfter(haul);
    return haul.taken.flatMap(({ content }) => (content.kind === 'items' ? content.items : []));
  }

  close(): void {
    const { client } = this.#site;
    if (this.#marked === undefined) return;
    // It never rejects, and closing the client waits for it.
    void client.deleteForSure(this.#markPath, { session: this.#marked });
  }

  async #remove(items: readonly FoundItem<T>[], session: Session): Promise<readonly Applied[]> {
    const { client, lockPath } = this.#site;
    const groups = items.map((item) => this.#groupOf(item));
    const mark = () => [this.#nextMark(session)];
    const wasApplied = () => this.#isMarked(session);
    for (;;) {
      const results = await unlessGone(applyInDirectory(groups, { client, session, uponRefusal: 'stop', mark, wasApplied }, lockPath));
      if (results !== undefined) {
        if (results.some(({ kind }) => kind === 'applied')) this.#marked = session;
        return results;
      }
      // There is no place for our mark, or somebody has deleted it.
      this.#marked = undefined;
      await makeDirectory(client, lockPath, { session });
    }
  }

  #groupOf({ name, path, version }: FoundItem<T>): Group {
    const { client, lockPath, claimant } = this.#site;
    const removal: TransactionOperation = { op: 'delete', path, version };
    if (client.capabilities.multi) return [removal];
    const claimPath = joinPath(lockPath, name);
    return [{ op: 'create', path: claimPath, data: claimant, mode: 'ephemeral' }, removal, { op: 'delete', path: claimPath }];
  }

  #nextMark(session: Session): TransactionOperation {
    this.#transactions += 1;
    const data = this.#transactions.toString();
    const path = this.#markPath;
    return this.#marked === session ? { op: 'set', path, data } : { op: 'create', path, data, mode: 'ephemeral' };
  }

  async #isMarked(session: Session): Promise<boolean> {
    const { client } = this.#site;
    const [, mark] = await Promise.all([client.sync(this.#markPath, { session }), unlessGone(client.get(this.#markPath, { session }))]);
    return mark?.data.toString() === this.#transactions.toString();
  }

  /** With the session our mark is gone. If one item of a transaction is still there, that was not applied. */
  async #lookAfter({ unknown, cause }: Haul<T>): Promise<void> {
    const { client, path, stock } = this.#site;
    const left = await inAnySession(client, never, async () => {
      await client.sync(path);
      const stats = await Promise.all(unknown.map((item) => client.exists(item.path)));
      return new Set(unknown.filter((_, index) => stats[index] !== null));
    });
    for (const item of unknown) {
      if (left.has(item)) stock.free(item.name);
      else stock.drop(item.name);
    }
    const names = unknown.filter((item) => !left.has(item)).map(({ name }) => name);
    const isCertain = names.length === 0 || (client.capabilities.multi && left.size > 0);
    if (!isCertain) this.#terms.onUnknown(new OutcomeUnknownError('take', path, { names }, cause));
  }
}
