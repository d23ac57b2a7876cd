import {
  BadVersionError,
  joinPath,
  NoAuthError,
  NoNodeError,
  RefusedError,
  RequestTooLargeError,
  type Session,
  SessionLostError,
  type TransactionOperation,
} from '../../src/index.ts';
import { unlessGone } from '../common/unless-gone.ts';
import { Claim, type ClaimTerms, type Offer, overwrite } from './claim.ts';
import { type FoundItem, passOver } from './found-item.ts';
import type { ItemTaker } from './item-taker.ts';
import { isLarge } from './pieces.ts';
import type { QueueContext } from './queue-context.ts';
import { takeInPieces } from './take-in-pieces.ts';
import { type Applied, applyInDirectory, type Group } from './transaction-groups.ts';

/**
 * At-least-once: an item stays in the queue while it is handled, and an ephemeral claim keeps others off. Claiming stores the item's data anew, so that its
 * version tells how often it was given to somebody, even to those who died of it.
 */
export class Claimer<T> implements ItemTaker<T, Offer<T>> {
  readonly #context: QueueContext<T>;
  readonly #terms: ClaimTerms;

  constructor(context: QueueContext<T>, terms: ClaimTerms) {
    this.#context = context;
    this.#terms = terms;
  }

  async take(items: readonly FoundItem<T>[], session: Session): Promise<readonly Offer<T>[]> {
    const listeners = {
      onContention: () => this.#context.backlog.contended(),
      passesOver: (item: FoundItem<T>, error: RefusedError) => error instanceof NoAuthError && this.#passOver(item, error),
    };
    const { taken, unknown } = await takeInPieces(items, listeners, (piece) => this.#claim(piece, session));
    // What the session may have claimed has gone with it.
    for (const { reservation } of unknown) reservation.free();
    const counted = await Promise.all(
      taken.map(async (item) => (isLarge(item.data) ? await this.#count(item, session) : withOneMore(item))),
    );
    return counted.flatMap((item) => (item === undefined ? [] : new Claim(this.#context, session, item, this.#terms).offers()));
  }

  isLive(offer: Offer<T>): boolean {
    return offer.isLive();
  }

  readonly giveBack = (offers: readonly Offer<T>[]): void => {
    for (const offer of offers) {
      // It never rejects.
      void offer.giveBack();
    }
  };

  close(): void {}

  async #claim(items: readonly FoundItem<T>[], session: Session): Promise<readonly Applied[]> {
    const { client, lockPath } = this.#context;
    const groups = items.map((item) => this.#groupOf(item));
    const wasApplied = async ([claim]: Group) => claim !== undefined && (await this.#isOurs(claim.path, session));
    return await applyInDirectory(groups, { client, session, uponRefusal: 'stop', wasApplied }, lockPath);
  }

  /** We may read the item, and not write it: it holds up none of the others. */
  #passOver({ path, reservation }: FoundItem<T>, error: NoAuthError): boolean {
    if (error.path !== path) return false;
    passOver(this.#context.client, reservation, error);
    return true;
  }

  #groupOf({ name, path, data, version }: FoundItem<T>): Group {
    const { lockPath, claimData } = this.#context;
    const claim: TransactionOperation = { op: 'create', path: joinPath(lockPath, name), data: claimData, mode: 'ephemeral' };
    // What fills a transaction by itself leaves no room for being counted: that takes a request of its own.
    return [claim, isLarge(data) ? { op: 'check', path, version } : { op: 'set', path, data, version }];
  }

  /** Counts the delivery of a large item that we have claimed. Undefined if it is not ours after all. */
  async #count(item: FoundItem<T>, session: Session): Promise<FoundItem<T> | undefined> {
    const { client, lockPath } = this.#context;
    const { path, data, version, reservation } = item;
    try {
      await overwrite(client, session, { path, data, version });
      return withOneMore(item);
    } catch (error) {
      // Its producer may write more than we may; it is handled all the same.
      if (error instanceof RequestTooLargeError) return item;
      if (error instanceof SessionLostError) reservation.free();
      else await client.deleteForSure(joinPath(lockPath, item.name), { session });
      if (error instanceof NoNodeError) reservation.gone();
      reservation.free();
      if (error instanceof RefusedError && !(error instanceof NoNodeError || error instanceof BadVersionError)) client.reportError(error);
      return undefined;
    }
  }

  async #isOurs(path: string, session: Session): Promise<boolean> {
    const { client, claimData } = this.#context;
    const [, claim] = await Promise.all([client.sync(path, { session }), unlessGone(client.get(path, { session }))]);
    return claim !== undefined && claim.stat.ephemeralOwner === session.id && claim.data.equals(claimData);
  }
}

function withOneMore<T>(item: FoundItem<T>): FoundItem<T> {
  return { ...item, version: item.version + 1 };
}
