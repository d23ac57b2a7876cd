import type { Session } from '../../../src/index.ts';
import { inAnySession } from '../../common/in-any-session.ts';
import { withoutPoison } from '../taking/poison.ts';
import { aheadFor } from './ahead.ts';
import { readItems } from './found-item.ts';
import { Lookout } from './lookout.ts';
import type { Site } from './site.ts';
import type { Taker } from './taker.ts';

interface Waiter<Taken> {
  readonly resolve: (taken: Taken | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** What a taker tells the intake that it works for. */
export interface IntakeSignals {
  /** An item is not in our hands any more, or may be tried again later. */
  readonly changed: () => void;
  /** Others have, or had, items that we wanted. */
  readonly contended: () => void;
}

/**
 * Gets items for whoever asks for the next one: as many as are asked for, and a few ahead when they are handled faster than they can be got. It goes on in
 * whatever session there is.
 */
export class Intake<T, Taken> {
  readonly #site: Site<T>;
  readonly #taker: Taker<T, Taken>;
  readonly #lookout: Lookout;
  readonly #prefetch: number;
  readonly #stop = new AbortController();
  readonly #waiting: Waiter<Taken>[] = [];
  readonly #ready: Taken[] = [];
  #state: 'idle' | 'running' | 'over' = 'idle';
  #failure: { readonly error: unknown } | undefined;
  #pumping: Promise<void> = Promise.resolve();
  #ahead = 0;
  #handed = 0;
  #lastTripMs: number;

  /** @param prefetch the most items to have in hand that nobody has asked for yet */
  constructor(site: Site<T>, prefetch: number, takerOf: (signals: IntakeSignals) => Taker<T, Taken>) {
    this.#site = site;
    this.#prefetch = prefetch;
    this.#lookout = new Lookout(site.client, site, site.stock);
    this.#taker = takerOf({ changed: () => this.#lookout.notify(), contended: () => this.#lookout.contended() });
    this.#lastTripMs = site.client.now();
  }

  /**
   * The next item; undefined once the intake is closed and all that was taken has been handed out.
   *
   * @throws what keeps it from going on: no permission, refused credentials, a closed client
   */
  async next(): Promise<Taken | undefined> {
    const ready = this.#ready.shift();
    this.#lookout.notify();
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
    this.#stop.abort(new Error('the intake is closed'));
    if (this.#state === 'idle') this.#state = 'over';
    await this.#pumping;
  }

  /** What was taken and has not been handed out, once it is closed. */
  leftOver(): readonly Taken[] {
    return this.#ready.splice(0);
  }

  /** Never rejects: those who wait are told. */
  async #pump(): Promise<void> {
    this.#state = 'running';
    const { signal } = this.#stop;
    try {
      await inAnySession<never>(this.#site.client, signal, async (session) => await this.#trip(session, signal));
    } catch (error) {
      if (!signal.aborted) this.#failure = { error };
    }
    this.#state = 'over';
    this.#lookout[Symbol.dispose]();
    this.#taker.close();
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (this.#failure === undefined) resolve(undefined);
      else reject(this.#failure.error);
    }
  }

  async #trip(session: Session, signal: AbortSignal): Promise<undefined> {
    const wanted = Math.min(this.#demand, mostAtOnce);
    if (wanted === 0) return await this.#lookout.wait(undefined, signal);
    const startMs = this.#site.client.now();
    const { names, waitMs } = await this.#lookout.choose(wanted, signal);
    if (names.length === 0) return await this.#lookout.wait(waitMs, signal);
    this.#handOut(await this.#take(names, session, signal), startMs);
    return undefined;
  }

  /** Those who wait are served at once. Else we wait until half of what is to be ahead is used up, so that a trip is worth it. */
  get #demand(): number {
    if (this.#waiting.length === 0 && this.#ready.length > this.#ahead / 2) return 0;
    return this.#waiting.length + this.#ahead - this.#ready.length;
  }

  async #take(names: readonly string[], session: Session, signal: AbortSignal): Promise<readonly Taken[]> {
    const { client, codec, path, stock } = this.#site;
    for (const name of names) stock.hold(name);
    try {
      const found = await readItems(client, codec, { path, names, stock }, signal);
      return await this.#taker.take(await withoutPoison(this.#site, found, session), session);
    } catch (error) {
      for (const name of names) stock.free(name);
      throw error;
    }
  }

  #handOut(taken: readonly Taken[], startMs: number): void {
    const endMs = this.#site.client.now();
    const cycle = { handed: this.#handed, tripMs: endMs - startMs, cycleMs: endMs - this.#lastTripMs };
    this.#ahead = aheadFor(cycle, this.#prefetch);
    this.#lastTripMs = endMs;
    this.#handed = 0;
    for (const item of taken) {
      const waiter = this.#waiting.shift();
      if (waiter === undefined) this.#ready.push(item);
      else {
        this.#handed += 1;
        waiter.resolve(item);
      }
    }
  }
}

// More is no faster, and what is taken at once may be lost at once.
const mostAtOnce = 200;
