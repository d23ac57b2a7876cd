import { joinPath, never, OutcomeUnknownError, randomUuid, type Session, type TransactionOperation } from '../../src/index.ts';
import { inAnySession } from '../common/in-any-session.ts';
import { unlessGone } from '../common/unless-gone.ts';
import { makeDirectory } from './directory.ts';
import type { FoundItem } from './found-item.ts';
import type { ItemTaker } from './item-taker.ts';
import type { QueueContext } from './queue-context.ts';
import { type TakenItems, takeInPieces } from './take-in-pieces.ts';
import { type Applied, applyInDirectory, type Group } from './transaction-groups.ts';

interface RemoverTerms {
  /** Told of items that are gone, removed by us or by others: the session was over before we were answered. */
  readonly onUnknown: (error: OutcomeUnknownError) => void;
}

/**
 * At-most-once: an item is removed, and then handled. Each transaction of removals also writes its number into an ephemeral znode of ours, so that after a
 * lost reply it is certain whether it was ours that has removed the items.
 *
 * Without transactions an item is claimed, removed, and its claim given back: who holds the claim is the one who removes it.
 */
export class Remover<T> implements ItemTaker<T, T> {
  readonly #context: QueueContext<T>;
  readonly #terms: RemoverTerms;
  readonly #markPath: string;
  /** The session that has made our mark. */
  #marked: Session | undefined;
  #transactions = 0;

  constructor(context: QueueContext<T>, terms: RemoverTerms) {
    this.#context = context;
    this.#terms = terms;
    this.#markPath = joinPath(context.lockPath, `taker-${randomUuid()}`);
  }

  async take(items: readonly FoundItem<T>[], session: Session): Promise<readonly T[]> {
    const onContention = () => this.#context.backlog.contended();
    const result = await takeInPieces(items, { onContention }, (piece) => this.#remove(piece, session));
    for (const { reservation } of result.taken) reservation.gone();
    if (result.unknown.length > 0) await this.#lookAfter(result);
    return result.taken.flatMap(({ content }) => (content.kind === 'items' ? content.items : []));
  }

  /** What was removed is nobody else's, whatever becomes of the session. */
  isLive(): boolean {
    return true;
  }

  /** There is no way back into the queue. */
  readonly giveBack = undefined;

  close(): void {
    const { client } = this.#context;
    if (this.#marked === undefined) return;
    // It never rejects, and closing the client waits for it.
    void client.deleteForSure(this.#markPath, { session: this.#marked });
  }

  async #remove(items: readonly FoundItem<T>[], session: Session): Promise<readonly Applied[]> {
    const { client, lockPath } = this.#context;
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
    const { client, lockPath, claimData } = this.#context;
    const removal: TransactionOperation = { op: 'delete', path, version };
    if (client.capabilities.multi) return [removal];
    const claimPath = joinPath(lockPath, name);
    return [{ op: 'create', path: claimPath, data: claimData, mode: 'ephemeral' }, removal, { op: 'delete', path: claimPath }];
  }

  #nextMark(session: Session): TransactionOperation {
    this.#transactions += 1;
    const data = this.#transactions.toString();
    const path = this.#markPath;
    return this.#marked === session ? { op: 'set', path, data } : { op: 'create', path, data, mode: 'ephemeral' };
  }

  async #isMarked(session: Session): Promise<boolean> {
    const { client } = this.#context;
    const [, mark] = await Promise.all([client.sync(this.#markPath, { session }), unlessGone(client.get(this.#markPath, { session }))]);
    return mark?.data.toString() === this.#transactions.toString();
  }

  /** With the session our mark is gone. If one item of a transaction is still there, that was not applied. */
  async #lookAfter({ unknown, cause }: TakenItems<T>): Promise<void> {
    const { client, path } = this.#context;
    const left = await inAnySession(client, never, async () => {
      await client.sync(path);
      const stats = await Promise.all(unknown.map((item) => client.exists(item.path)));
      return new Set(unknown.filter((_, index) => stats[index] !== null));
    });
    for (const item of unknown) {
      if (left.has(item)) item.reservation.free();
      else item.reservation.gone();
    }
    const names = unknown.filter((item) => !left.has(item)).map(({ name }) => name);
    const isCertain = names.length === 0 || (client.capabilities.multi && left.size > 0);
    if (!isCertain) this.#terms.onUnknown(new OutcomeUnknownError('take', path, { names }, cause));
  }
}
