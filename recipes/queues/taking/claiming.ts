import { joinPath, type Session, type TransactionOperation } from '../../../src/index.ts';
import { unlessGone } from '../../common/unless-gone.ts';
import type { Delivery } from '../delivery.ts';
import type { FoundItem } from '../intake/found-item.ts';
import type { Site } from '../intake/site.ts';
import type { Taker } from '../intake/taker.ts';
import { isLarge } from '../pieces.ts';
import type { Applied, Group } from './apply.ts';
import { applyInDirectory } from './apply-in-directory.ts';
import { Claim, type ClaimTerms } from './claim.ts';
import { deliveriesOf } from './deliveries-of.ts';
import { takeInPieces } from './take-in-pieces.ts';

export interface ClaimingTerms extends ClaimTerms {
  /** Called when others have items in hand that we wanted. */
  readonly onContention: () => void;
  /** Called for each delivery when it is known what has become of it. */
  readonly onSettled: () => void;
}

/**
 * At-least-once: an item stays in the queue while it is handled, and an ephemeral claim keeps others off. Claiming stores the item's data anew, so that its
 * version tells how often it was given to somebody, even to those who died of it.
 */
export class Claiming<T> implements Taker<T, Delivery<T>> {
  readonly #site: Site<T>;
  readonly #terms: ClaimingTerms;

  constructor(site: Site<T>, terms: ClaimingTerms) {
    this.#site = site;
    this.#terms = terms;
  }

  async take(items: readonly FoundItem<T>[], session: Session): Promise<readonly Delivery<T>[]> {
    const { stock } = this.#site;
    const { onContention, onSettled } = this.#terms;
    const { taken, unknown } = await takeInPieces(items, { stock, onContention }, (piece) => this.#claim(piece, session));
    // What the session may have claimed has gone with it.
    for (const { name } of unknown) stock.free(name);
    return taken.flatMap((item) => deliveriesOf(new Claim(this.#site, session, item, this.#terms), onSettled));
  }

  close(): void {}

  async #claim(items: readonly FoundItem<T>[], session: Session): Promise<readonly Applied[]> {
    const { client, lockPath } = this.#site;
    const groups = items.map((item) => this.#groupOf(item));
    const wasApplied = async ([claim]: Group) => claim !== undefined && (await this.#isOurs(claim.path, session));
    return await applyInDirectory(groups, { client, session, uponRefusal: 'stop', wasApplied }, lockPath);
  }

  #groupOf({ name, path, data, version }: FoundItem<T>): Group {
    const { lockPath, claimant } = this.#site;
    const claim: TransactionOperation = { op: 'create', path: joinPath(lockPath, name), data: claimant, mode: 'ephemeral' };
    // What fills a transaction by itself leaves no room for being counted.
    return [claim, isLarge(data) ? { op: 'check', path, version } : { op: 'set', path, data, version }];
  }

  async #isOurs(path: string, session: Session): Promise<boolean> {
    const { client, claimant } = this.#site;
    const [, claim] = await Promise.all([client.sync(path, { session }), unlessGone(client.get(path, { session }))]);
    return claim !== undefined && claim.stat.ephemeralOwner === session.id && claim.data.equals(claimant);
  }
}
