import type { Subscription } from 'rxjs';
import type { Client } from '../../../src/index.ts';
import { childrenOf } from '../../common/unless-gone.ts';
import { Wakeup } from '../../common/wakeup.ts';
import { reportForeigners } from '../foreigners.ts';
import { isItem } from '../items/item-names.ts';
import type { Choice, Stock } from './stock.ts';

/** Where a queue is, and who has its items in hand. */
export interface Places {
  readonly path: string;
  readonly lockPath: string;
}

/** With so many left there is work for a while, and nothing to watch for. */
const backlog = 100;
// The wall clock may be set, so that something is due earlier than a timer knows.
const longestWaitMs = 60_000;

/** Looks at a queue for one consumer: lists it as rarely as may be, and watches it only while there is nothing, or little, to take. */
export class Lookout implements Disposable {
  readonly #client: Client;
  readonly #places: Places;
  readonly #stock: Stock;
  readonly #wakeup = new Wakeup();
  readonly #watches = new Map<string, Subscription>();
  /** How often something has changed, and how much of that the last listing shows. */
  #changes = 0;
  #changesSeen = 0;
  #mayBeClaimed = false;
  #hasLooked = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(client: Client, places: Places, stock: Stock) {
    this.#client = client;
    this.#places = places;
    this.#stock = stock;
  }

  /** Wakes whoever waits: something has changed on our side. */
  notify(): void {
    this.#wakeup.notify();
  }

  /** Others have items in hand that we wanted. */
  contended(): void {
    this.#mayBeClaimed = true;
  }

  /** What to take next, up to so many; if there is nothing, it is being watched for. */
  async choose(count: number, signal: AbortSignal): Promise<Choice> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#stock.isOutdated || this.#changes > this.#changesSeen) await this.#look(signal);
    else if (this.#mayBeClaimed) await this.#lookAtClaims(signal);
    for (;;) {
      const choice = this.#stock.choose(count, { nowMs: this.#client.now(), wallMs: this.#client.clock.wallTime() });
      if (choice.names.length > 0) {
        if (this.#stock.size > backlog) this.#unwatch();
        return choice;
      }
      // What happened before a watch was set is seen by a listing after it. But what another call has left may be old, and there is something.
      if (this.#hasLooked && !this.#watch()) return choice;
      await this.#look(signal);
    }
  }

  /** Waits until there may be something to take, or something of ours has changed. */
  async wait(waitMs: number | undefined, signal: AbortSignal): Promise<undefined> {
    const timeoutMs = waitMs === undefined ? undefined : Math.min(waitMs, longestWaitMs);
    await this.#wakeup.wait(this.#client.clock, timeoutMs, signal);
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#unwatch();
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { path } = this.#places;
    const changes = this.#changes;
    const listing = childrenOf(this.#client, path, { signal });
    const claims = this.#mayBeClaimed || this.#stock.claimed.size > 0 ? this.#lookAtClaims(signal) : undefined;
    const [children] = await Promise.all([listing, claims]);
    this.#changesSeen = changes;
    this.#hasLooked = true;
    reportForeigners(this.#client, path, children);
    this.#stock.list(children.filter(isItem));
  }

  async #lookAtClaims(signal: AbortSignal): Promise<void> {
    const claimed = await childrenOf(this.#client, this.#places.lockPath, { signal });
    this.#stock.listClaims(claimed);
    this.#mayBeClaimed = false;
  }

  /** Whether there was something to watch that was not watched yet. */
  #watch(): boolean {
    const { path, lockPath } = this.#places;
    const wanted = this.#stock.claimed.size > 0 ? [path, lockPath] : [path];
    const missing = wanted.filter((each) => !this.#watches.has(each));
    for (const each of missing) this.#watches.set(each, this.#watched(each));
    return missing.length > 0;
  }

  #watched(path: string): Subscription {
    return this.#client.watch(path).subscribe({
      next: () => {
        this.#changes += 1;
        this.#wakeup.notify();
      },
      error: (error: unknown) => {
        this.#failure = { error };
        this.#wakeup.notify();
      },
    });
  }

  #unwatch(): void {
    for (const subscription of this.#watches.values()) subscription.unsubscribe();
    this.#watches.clear();
  }
}
