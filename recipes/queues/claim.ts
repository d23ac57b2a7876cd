import {
  BadVersionError,
  type Client,
  joinPath,
  LeaseLostError,
  NoNodeError,
  RequestTooLargeError,
  type Session,
  SessionLostError,
  type TransactionOperation,
} from '../../src/index.ts';
import { moveToDeadLetters } from './dead-letters.ts';
import { Delivery, type Verdict } from './delivery.ts';
import { deliveriesOf, type FoundItem } from './found-item.ts';
import { writeFrame } from './items/item-bytes.ts';
import type { QueueContext } from './queue-context.ts';
import type { Settler } from './settler.ts';
import { type Applied, type Group, seenThrough } from './transaction-groups.ts';

export interface ClaimTerms {
  readonly settler: Settler;
  /** For how long after it was given back nobody of this queue object tries again. */
  readonly retryDelayMs: number;
  /** Of several items in a znode: are those that nobody has been given yet given back as soon as the others are settled? */
  readonly givesBackRest: boolean;
  /** Called for each delivery when it is known what has become of it. */
  readonly onSettled: () => void;
}

/** One of the items of a claim: nobody has been given it yet, somebody has, or it is known what has become of it. */
type Part = { readonly kind: 'waiting' | 'handed' | 'unseen' } | Verdict;

/** An item that is ours to hand out. */
export interface Offer<T> {
  /** Whether it is still ours, by the clock at the time of asking. */
  isLive(): boolean;
  /** Hands it out, once. */
  hand(): Delivery<T>;
  /** Nobody was given it, and nobody will be: it is for others, and no delivery counts. Never rejects. */
  giveBack(): Promise<void>;
  /** Gives back what was handed out, unless it is settled: whoever had it cannot settle it any more. Never rejects. */
  retract(reason: string): Promise<void>;
}

/**
 * An item's znode that is ours to handle, for as long as the session lives or until we say what has become of it. When the session is over the item is for
 * others again, of this queue object too, whatever whoever has it in hand does.
 *
 * Of several items in one znode each that was acknowledged is taken out at once; what is left goes the way of the worst that is said of it.
 */
export class Claim<T> {
  readonly path: string;
  /** Which attempt this is at handling it, from 1. */
  readonly attempt: number;
  readonly #context: QueueContext<T>;
  readonly #session: Session;
  readonly #terms: ClaimTerms;
  readonly #lost = new AbortController();
  readonly #parts: Part[];
  #item: FoundItem<T>;
  #isOver = false;
  #stopFollowing = () => {};
  #writing: Promise<void> = Promise.resolve();
  #nextWrite: Promise<void> | undefined;

  /** @param item as its znode is now, counted as delivered */
  constructor(context: QueueContext<T>, session: Session, item: FoundItem<T>, terms: ClaimTerms) {
    this.path = joinPath(context.lockPath, item.name);
    this.attempt = Math.max(1, deliveriesOf(item));
    this.#context = context;
    this.#session = session;
    this.#terms = terms;
    this.#item = item;
    this.#parts = item.content.kind === 'items' ? item.content.items.map(() => ({ kind: 'waiting' })) : [];
  }

  /** Its items, to be handed out one by one. From here on it is lost with the session. */
  offers(): readonly Offer<T>[] {
    const { content } = this.#item;
    if (content.kind !== 'items') return [];
    this.#stopFollowing = this.#session.whenOver((reason) => this.#lose(reason));
    return content.items.map((item, at) => ({
      isLive: () => this.#parts[at]?.kind === 'waiting' && !this.#isOver && this.#session.isValid(),
      hand: () => this.#hand(item, at),
      giveBack: () => this.#giveBack(at),
      retract: (reason) => this.#retract(at, reason),
    }));
  }

  #hand(item: T, at: number): Delivery<T> {
    this.#parts[at] = { kind: 'handed' };
    const { name, path } = this.#item;
    const check = (): TransactionOperation => ({ op: 'check', path: this.path });
    const facts = { name, path, attempt: this.attempt, signal: this.#lost.signal };
    return new Delivery(item, facts, check, (verdict) => this.#conclude(at, verdict));
  }

  /** @throws {LeaseLostError} somebody else may have it by now */
  async #conclude(at: number, verdict: Verdict): Promise<void> {
    try {
      this.#lost.signal.throwIfAborted();
      const part = this.#parts[at];
      if (part?.kind !== 'handed') throw new LeaseLostError(this.path, part?.kind === 'again' ? part.reason : undefined);
      this.#parts[at] = verdict;
      if (this.#terms.givesBackRest && !this.#parts.some(({ kind }) => kind === 'handed')) this.#withdrawWaiting();
      if (this.#isSettled || verdict.kind === 'done') await this.#write();
    } finally {
      this.#terms.onSettled();
    }
  }

  async #giveBack(at: number): Promise<void> {
    if (this.#parts[at]?.kind !== 'waiting') return;
    this.#parts[at] = { kind: 'unseen' };
    if (this.#isSettled) await this.#orReported(this.#write());
  }

  async #retract(at: number, reason: string): Promise<void> {
    if (this.#parts[at]?.kind === 'handed') await this.#orReported(this.#conclude(at, { kind: 'again', reason }));
  }

  /** Never rejects. */
  async #orReported(settling: Promise<void>): Promise<void> {
    try {
      await settling;
    } catch (error) {
      // With a lost session it is given back, too.
      if (error instanceof Error && !(error instanceof LeaseLostError)) this.#context.client.reportError(error);
    }
  }

  #withdrawWaiting(): void {
    for (const [at, { kind }] of this.#parts.entries()) if (kind === 'waiting') this.#parts[at] = { kind: 'unseen' };
  }

  get #isSettled(): boolean {
    return this.#parts.every(({ kind }) => kind !== 'waiting' && kind !== 'handed');
  }

  /** Writes what is known by then: what comes up while a write is under way goes together in the next one. */
  #write(): Promise<void> {
    if (this.#parts.length === 1) return this.#settle();
    this.#nextWrite ??= this.#writeAfter(this.#writing);
    return this.#nextWrite;
  }

  async #writeAfter(before: Promise<void>): Promise<void> {
    await before;
    const writing = this.#isSettled ? this.#settle() : this.#shrink();
    this.#nextWrite = undefined;
    this.#writing = writing.catch(() => {});
    await writing;
  }

  /** The session is over: others may have it, and so may we. */
  #lose(reason: SessionLostError): void {
    this.#lost.abort(new LeaseLostError(this.path, reason));
    this.#end();
    this.#item.reservation.free();
  }

  #end(): void {
    this.#isOver = true;
    this.#stopFollowing();
  }

  /** Ends the claim with what has been said of its items. */
  async #settle(): Promise<void> {
    if (this.#isOver) return this.#lost.signal.throwIfAborted();
    const { reservation } = this.#item;
    const { client, maxDeliveries } = this.#context;
    const verdict = worstOf(this.#parts);
    const isLast = verdict.kind === 'again' && this.attempt >= maxDeliveries;
    try {
      await this.#confirm(await this.#apply(isLast ? { ...verdict, kind: 'dead' } : verdict));
      if (verdict.kind === 'done' || verdict.kind === 'dead' || isLast) reservation.gone();
      else reservation.free(verdict.kind === 'again' && this.#terms.retryDelayMs > 0 ? client.now() + this.#terms.retryDelayMs : undefined);
    } catch (error) {
      throw error instanceof SessionLostError ? new LeaseLostError(this.path, error) : error;
    } finally {
      this.#end();
      reservation.free();
    }
  }

  async #apply(verdict: Worst): Promise<Applied> {
    const { settler } = this.#terms;
    const removal: TransactionOperation = { op: 'delete', path: this.path };
    switch (verdict.kind) {
      case 'done':
        return await settler.settle(this.#session, [{ op: 'delete', path: this.#item.path }, removal]);
      case 'again':
      case 'unseen':
        return await this.#release([removal], verdict.kind === 'unseen');
      case 'dead': {
        const death = { reason: verdict.reason, deliveries: this.attempt, isClaimed: true };
        return await moveToDeadLetters(this.#context, this.#session, this.#remaining(0), death);
      }
    }
  }

  /** Without those that were acknowledged; and if nobody was given any, as if it had not been claimed. */
  async #release(removal: Group, isUnseen: boolean): Promise<Applied> {
    const { settler } = this.#terms;
    const { path, version } = this.#item;
    const isShrunk = this.#parts.some(({ kind }) => kind === 'done');
    if (!isShrunk && !isUnseen) return await settler.settle(this.#session, removal);
    // The write itself and the next claim add one each to the version.
    const { data } = this.#remaining(version + 2 - (isShrunk ? 1 : this.attempt));
    try {
      const result = await settler.settle(this.#session, [{ op: 'set', path, data, version }, ...removal]);
      const isOvertaken = result.kind === 'refused' && result.error instanceof BadVersionError;
      return isOvertaken ? await settler.settle(this.#session, removal) : result;
    } catch (error) {
      // As large as a request may be, it has no room for the note, and the delivery counts.
      if (!(error instanceof RequestTooLargeError)) throw error;
      return await settler.settle(this.#session, removal);
    }
  }

  /** Takes those out that were acknowledged, and keeps the claim. */
  async #shrink(): Promise<void> {
    const { client } = this.#context;
    const { path, version, content } = this.#item;
    if (content.kind !== 'items' || !this.#parts.some(({ kind }) => kind === 'done')) return;
    const rest = this.#remaining(version + 1);
    try {
      this.#lost.signal.throwIfAborted();
      await overwrite(client, this.#session, { path, data: rest.data, version });
    } catch (error) {
      throw error instanceof SessionLostError || error instanceof BadVersionError || error instanceof NoNodeError
        ? new LeaseLostError(this.path, error)
        : error;
    }
    this.#item = { ...this.#item, version: version + 1 };
  }

  /** The znode without the items that were acknowledged. */
  #remaining(countedFrom: number): FoundItem<T> {
    const { content } = this.#item;
    if (content.kind !== 'items') return this.#item;
    const frame = { ...content.frame, countedFrom, items: content.frame.items.filter((_, at) => this.#parts[at]?.kind !== 'done') };
    return { ...this.#item, content: { ...content, frame }, data: writeFrame(frame) };
  }

  async #confirm(result: Applied): Promise<void> {
    if (result.kind === 'applied') return;
    if (result.kind !== 'refused') throw new LeaseLostError(this.path, result.kind === 'lost' ? result.error : undefined);
    const { error } = result;
    if (error instanceof NoNodeError && error.path === this.path) throw new LeaseLostError(this.path, error);
    await this.#context.client.deleteForSure(this.path, { session: this.#session });
    // That nobody has it any more is what was wanted.
    if (!(error instanceof NoNodeError && error.path === this.#item.path)) throw error;
  }
}

type Worst = Verdict | { readonly kind: 'unseen' };

/** What becomes of a znode with those items. What was given to nobody counts as given back if others were given to somebody and not handled. */
function worstOf(parts: readonly Part[]): Worst {
  const found = (kind: 'dead' | 'again') => parts.find((part): part is Verdict => part.kind === kind);
  const bad = found('dead') ?? found('again');
  if (bad !== undefined) return bad;
  return parts.some(({ kind }) => kind === 'unseen') ? { kind: 'unseen' } : { kind: 'done' };
}

/**
 * Writes data over that version, seen through whatever happens to the connection. Nobody else writes while we have the claim, so that one more than that version
 * is ours.
 *
 * @throws {RefusedError}
 * @throws {SessionLostError}
 */
export async function overwrite(
  client: Client,
  session: Session,
  { path, data, version }: { readonly path: string; readonly data: Buffer; readonly version: number },
): Promise<void> {
  let attempts = 0;
  await seenThrough({ client, session }, async () => {
    attempts += 1;
    try {
      await client.set(path, data, { session, version });
    } catch (error) {
      if (!(error instanceof BadVersionError) || attempts === 1) throw error;
      const stat = await client.exists(path, { session });
      if (stat?.version !== version + 1) throw error;
    }
  });
}
