import { from, Subscription } from 'rxjs';
import { type Client, first } from '../../src/index.ts';
import { childrenOf } from '../common/unless-gone.ts';
import { Wakeup } from '../common/wakeup.ts';
import { Backlog, type Choice } from './backlog.ts';
import { reportForeigners } from './foreigners.ts';
import { type ItemNames, isItem } from './items/item-names.ts';

/** Where a queue is, and who has its items in hand. */
export interface Places {
  readonly path: string;
  readonly lockPath: string;
}

/** What is to be taken next, and as of when: `waitForChange` waits for what is newer. */
export interface Found extends Choice {
  readonly revision: number;
}

/** With so many left there is work for a while, and nothing to watch for. */
const plenty = 100;
// The wall clock may be set, so that something is due earlier than a timer knows.
const longestWaitMs = 60_000;

/**
 * Keeps the backlog of a queue object up to date for all its consumers: lists as rarely as may be, and watches only while there is nothing, or little, to
 * take. **Whoever waits is woken whenever anything may have become available**: an item was put, given back by a consumer of ours or lost with its session,
 * or a claim of others has gone.
 */
export class BacklogWatcher {
  readonly #client: Client;
  readonly #places: Places;
  readonly #backlog: Backlog;
  readonly #wakeup = new Wakeup();
  readonly #watches = new Map<string, Subscription>();
  /** How often something has become available, or may have. */
  #revision = 0;
  /** How often something has changed on the server, and how much of that the last listing shows. */
  #changes = 0;
  #changesSeen = 0;
  #mayBeClaimed = false;
  /** Since there are consumers. */
  #hasLooked = false;
  #users = 0;
  #waiting = 0;
  #looking: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(client: Client, places: Places, order: Pick<ItemNames<never>, 'sorted' | 'dueMs' | 'newcomers'>) {
    this.#client = client;
    this.#places = places;
    this.#backlog = new Backlog(order, () => this.#announce());
  }

  /** For one consumer, as long as it takes items. Nothing is watched once none does. */
  use(): Disposable {
    if (this.#users === 0) {
      this.#failure = undefined;
      this.#hasLooked = false;
    }
    this.#users += 1;
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        this.#users -= 1;
        if (this.#users === 0) this.#unwatch();
      },
    };
  }

  /** Others have items in hand that we wanted. */
  contended(): void {
    this.#mayBeClaimed = true;
  }

  /** Reserves what to take next, up to so many; if there is nothing, it is being watched for. */
  async next(count: number, signal: AbortSignal): Promise<Found> {
    for (let isOld = false; ; ) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (isOld || this.#backlog.isOutdated || this.#hasChanged) await this.#look(signal);
      else if (this.#mayBeClaimed) await this.#lookAtClaims();
      const choice = this.#backlog.reserve(count, { nowMs: this.#client.now(), wallMs: this.#client.clock.wallTime() });
      if (choice.reservations.length > 0) {
        if (this.#backlog.size > plenty && this.#waiting === 0) this.#unwatch();
        return { ...choice, revision: this.#revision };
      }
      // What an earlier consumer has left may be old, and there is something.
      isOld = !this.#hasLooked;
      if (!isOld && !this.#watch() && !this.#hasChanged) return { ...choice, revision: this.#revision };
    }
  }

  /** Waits until there may be something that was not there, or not to be had, at that revision. */
  async waitForChange({ revision, waitMs }: Found, signal: AbortSignal): Promise<void> {
    if (this.#revision !== revision) return;
    const timeoutMs = waitMs === undefined ? undefined : Math.min(waitMs, longestWaitMs);
    this.#waiting += 1;
    this.#wakeup.reset();
    await this.#wakeup.wait(this.#client.clock, timeoutMs, signal);
    this.#waiting -= 1;
  }

  #announce(): void {
    this.#revision += 1;
    this.#wakeup.notify();
  }

  get #hasChanged(): boolean {
    return this.#changes > this.#changesSeen;
  }

  /** One listing serves all who want one at the time; whoever gives up does not end it for the others. */
  async #look(signal: AbortSignal): Promise<void> {
    this.#looking ??= this.#list().finally(() => {
      this.#looking = undefined;
    });
    await first(from(this.#looking), signal);
  }

  async #list(): Promise<void> {
    const { path } = this.#places;
    const changes = this.#changes;
    const listing = childrenOf(this.#client, path);
    const claims = this.#mayBeClaimed || this.#backlog.isContended ? this.#lookAtClaims() : undefined;
    const [children] = await Promise.all([listing, claims]);
    this.#changesSeen = changes;
    this.#hasLooked = true;
    reportForeigners(this.#client, path, children);
    this.#backlog.list(children.filter(isItem));
  }

  async #lookAtClaims(): Promise<void> {
    this.#mayBeClaimed = false;
    try {
      const claimed = await childrenOf(this.#client, this.#places.lockPath);
      this.#backlog.listClaims(claimed.filter(isItem));
    } catch (error) {
      this.#mayBeClaimed = true;
      throw error;
    }
  }

  /** Whether there was something to watch that was not watched yet. What happened before a watch was set is seen by a listing after it. */
  #watch(): boolean {
    const { path, lockPath } = this.#places;
    const wanted = this.#backlog.isContended ? [path, lockPath] : [path];
    const missing = wanted.filter((each) => !this.#watches.has(each));
    for (const each of missing) this.#watchAt(each);
    if (missing.length > 0) this.#changes += 1;
    return missing.length > 0;
  }

  #watchAt(path: string): void {
    const subscription = new Subscription();
    this.#watches.set(path, subscription);
    const changed = () => {
      this.#changes += 1;
      this.#announce();
    };
    // A watch that has ended is set again by whoever finds nothing, and the listing after it says why it cannot be.
    const ended = () => {
      if (this.#watches.get(path) === subscription) this.#watches.delete(path);
      changed();
    };
    const failed = (error: unknown) => {
      this.#failure = { error };
      ended();
    };
    subscription.add(this.#client.watch(path).subscribe({ next: changed, error: failed, complete: ended }));
  }

  #unwatch(): void {
    for (const subscription of this.#watches.values()) subscription.unsubscribe();
    this.#watches.clear();
  }
}
