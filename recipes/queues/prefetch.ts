import type { CancelTimer, Session } from '../../src/index.ts';
import { inAnySession } from '../common/in-any-session.ts';
import { Wakeup } from '../common/wakeup.ts';
import { aheadFor } from './ahead.ts';
import type { Reservation } from './backlog.ts';
import { withoutPoison } from './dead-letters.ts';
import { readItems } from './found-item.ts';
import type { ItemTaker } from './item-taker.ts';
import type { QueueContext } from './queue-context.ts';

interface Waiter<Taken> {
  readonly resolve: (taken: Taken | undefined) => void;
  readonly reject: (error: unknown) => void;
}

// More is no faster, and what is taken at once may be lost at once.
const mostAtOnce = 200;
// A handler may take its time once; what is behind it is not to be claimed anew for that.
const shortestPatienceMs = 250;

/**
 * Gets items for whoever asks for the next one: as many as are asked for, and a few ahead when they are handled faster than they can be got. It goes on in
 * whatever session there is. What is in hand and not asked for is given back when nobody asks any more, and dropped when its session is over.
 */
export class Prefetcher<T, Taken> {
  readonly #context: QueueContext<T>;
  readonly #taker: ItemTaker<T, Taken>;
  readonly #prefetch: number;
  readonly #stop = new AbortController();
  readonly #demandChanged = new Wakeup();
  readonly #waiting: Waiter<Taken>[] = [];
  readonly #ready: Taken[] = [];
  #state: 'idle' | 'running' | 'over' = 'idle';
  #failure: { readonly error: unknown } | undefined;
  #pumping: Promise<void> = Promise.resolve();
  #ahead = 0;
  #handed = 0;
  #lastTripMs: number;
  #tripMs = 0;
  #lastAskedMs: number;
  #cancelReturn: CancelTimer | undefined;

  /** @param prefetch the most items to have in hand that nobody has asked for yet */
  constructor(context: QueueContext<T>, prefetch: number, taker: ItemTaker<T, Taken>) {
    this.#context = context;
    this.#prefetch = prefetch;
    this.#taker = taker;
    this.#lastTripMs = context.client.now();
    this.#lastAskedMs = this.#lastTripMs;
  }

  /**
   * The next item; undefined once it is closed and all that was taken has been handed out.
   *
   * @throws what keeps it from going on: no permission, refused credentials, a closed client
   */
  async next(): Promise<Taken | undefined> {
    this.#lastAskedMs = this.#context.client.now();
    const ready = this.#nextReady();
    this.#keepNoIdleTimer();
    this.#demandChanged.notify();
    if (ready !== undefined) {
      this.#handed += 1;
      return ready;
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#state === 'over') return undefined;
    if (this.#state === 'idle') this.#pumping = this.#pump();
    return await new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Takes no more. What is on its way is still handed out; resolves when that has come. Idempotent, never rejects. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('nobody takes items any more'));
    if (this.#state === 'idle') this.#state = 'over';
    await this.#pumping;
  }

  /** As `close`, but those who wait get nothing, at once: what is on its way is left over. */
  async abandon(): Promise<void> {
    const closed = this.close();
    for (const { resolve } of this.#waiting.splice(0)) resolve(undefined);
    await closed;
  }

  /** What was taken and has not been handed out, once it is closed. */
  leftOver(): readonly Taken[] {
    const left = this.#ready.splice(0);
    this.#keepNoIdleTimer();
    return left;
  }

  #nextReady(): Taken | undefined {
    for (let taken = this.#ready.shift(); taken !== undefined; taken = this.#ready.shift()) {
      if (this.#taker.isLive(taken)) return taken;
    }
    return undefined;
  }

  /** Never rejects: those who wait are told. */
  async #pump(): Promise<void> {
    this.#state = 'running';
    const { signal } = this.#stop;
    const { client, backlog } = this.#context;
    const use = backlog.use();
    try {
      await inAnySession<never>(client, signal, async (session) => await this.#trip(session, signal));
    } catch (error) {
      if (!signal.aborted) this.#failure = { error };
    }
    this.#state = 'over';
    use[Symbol.dispose]();
    this.#keepNoIdleTimer();
    this.#taker.close();
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (this.#failure === undefined) resolve(undefined);
      else reject(this.#failure.error);
    }
  }

  async #trip(session: Session, signal: AbortSignal): Promise<undefined> {
    const { client, backlog } = this.#context;
    const wanted = Math.min(this.#demand, mostAtOnce);
    if (wanted === 0) {
      await this.#demandChanged.wait(client.clock, undefined, signal);
      return undefined;
    }
    const startMs = client.now();
    const found = await backlog.next(wanted, signal);
    if (found.reservations.length === 0) await backlog.waitForChange(found, signal);
    else this.#handOut(await this.#take(found.reservations, session, signal), startMs);
    return undefined;
  }

  /** Those who wait are served at once. Else we wait until half of what is to be ahead is used up, so that a trip is worth it. */
  get #demand(): number {
    if (this.#waiting.length === 0 && this.#ready.length > this.#ahead / 2) return 0;
    return this.#waiting.length + this.#ahead - this.#ready.length;
  }

  async #take(reservations: readonly Reservation[], session: Session, signal: AbortSignal): Promise<readonly Taken[]> {
    try {
      const found = await readItems(this.#context, reservations, signal);
      return await this.#taker.take(await withoutPoison(this.#context, found, session), session);
    } catch (error) {
      for (const reservation of reservations) reservation.free();
      throw error;
    }
  }

  #handOut(taken: readonly Taken[], startMs: number): void {
    const endMs = this.#context.client.now();
    this.#tripMs = endMs - startMs;
    const cycle = { handed: this.#handed, tripMs: this.#tripMs, cycleMs: endMs - this.#lastTripMs };
    this.#ahead = aheadFor(cycle, this.#prefetch);
    this.#lastTripMs = endMs;
    this.#handed = 0;
    for (const item of taken) {
      if (!this.#taker.isLive(item)) continue;
      const waiter = this.#waiting.shift();
      if (waiter === undefined) this.#ready.push(item);
      else {
        this.#handed += 1;
        waiter.resolve(item);
      }
    }
    if (this.#ready.length > 0) this.#returnLater(this.#patienceMs);
  }

  get #patienceMs(): number {
    return Math.max(shortestPatienceMs, 4 * this.#tripMs);
  }

  /** What was taken ahead of handlers that have become slow is for others to handle. */
  #returnLater(afterMs: number): void {
    const { giveBack } = this.#taker;
    if (giveBack === undefined || this.#cancelReturn !== undefined) return;
    const { client } = this.#context;
    this.#cancelReturn = client.clock.setTimer(afterMs, () => {
      this.#cancelReturn = undefined;
      const leftMs = this.#lastAskedMs + this.#patienceMs - client.now();
      if (leftMs > 0) this.#returnLater(leftMs);
      else {
        this.#ahead = 0;
        giveBack(this.#ready.splice(0));
      }
    });
  }

  #keepNoIdleTimer(): void {
    if (this.#ready.length > 0) return;
    this.#cancelReturn?.();
    this.#cancelReturn = undefined;
  }
}
