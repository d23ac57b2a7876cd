import type { ItemNames } from '../items/item-names.ts';

/** What may be taken now; and if that is nothing, when to look again. */
export interface Choice {
  readonly names: readonly string[];
  /** In so many milliseconds an item becomes due, or is to be tried again. Undefined: not before something changes. */
  readonly waitMs: number | undefined;
}

export interface Times {
  /** Monotonic. */
  readonly nowMs: number;
  /** Of the wall clock, which due times are in. */
  readonly wallMs: number;
}

/**
 * The items of a queue as last listed, and what has become of them since: which are next, for all consumers of one queue object. Does no I/O.
 */
export class Stock {
  readonly #order: Pick<ItemNames<never>, 'sorted' | 'dueMs' | 'newcomers'>;
  #listed: readonly string[] | undefined;
  /** Where those begin that are not gone. */
  #first = 0;
  #goneCount = 0;
  /** How many were taken in hand since it was listed. */
  #heldCount = 0;
  readonly #gone = new Set<string>();
  /** In the hands of consumers of this object. */
  readonly #held = new Set<string>();
  /** In the hands of others. */
  #claimed: ReadonlySet<string> = new Set();
  /** Not to be tried again before that time. */
  readonly #putOff = new Map<string, number>();

  constructor(order: Pick<ItemNames<never>, 'sorted' | 'dueMs' | 'newcomers'>) {
    this.#order = order;
  }

  /** How many there are, as far as we know. */
  get size(): number {
    return (this.#listed?.length ?? 0) - this.#goneCount;
  }

  get claimed(): ReadonlySet<string> {
    return this.#claimed;
  }

  /**
   * Is it time for a new listing, though there may be something to take? A listing costs as much as it is long, so it is made once for a certain share of
   * the items in it: a larger one where it only tells of those that are last anyway.
   */
  get isOutdated(): boolean {
    if (this.#listed === undefined) return true;
    const { length } = this.#listed;
    return this.#order.newcomers === 'last' ? this.#goneCount >= Math.max(100, length / 10) : this.#heldCount >= Math.max(1, length / 100);
  }

  /** A new listing of the items. */
  list(names: readonly string[]): void {
    this.#listed = this.#order.sorted(names);
    this.#first = 0;
    this.#goneCount = 0;
    this.#heldCount = 0;
    this.#gone.clear();
  }

  /** A new listing of what others have in their hands. */
  listClaims(names: readonly string[]): void {
    this.#claimed = new Set(names.filter((name) => !this.#held.has(name)));
  }

  /** The next, up to so many. */
  choose(count: number, { nowMs, wallMs }: Times): Choice {
    const listed = this.#listed ?? [];
    const names: string[] = [];
    let waitMs = Number.POSITIVE_INFINITY;
    this.#skipGone(listed);
    for (let at = this.#first; at < listed.length && names.length < count; at += 1) {
      const name = listed[at] ?? '';
      if (this.#gone.has(name) || this.#held.has(name) || this.#claimed.has(name)) continue;
      const putOffMs = (this.#putOff.get(name) ?? nowMs) - nowMs;
      const dueInMs = this.#order.dueMs(name) - wallMs;
      if (Math.max(putOffMs, dueInMs) <= 0) names.push(name);
      else waitMs = Math.min(waitMs, Math.max(putOffMs, dueInMs));
      // Those that follow are due even later.
      if (dueInMs > 0) break;
    }
    return { names, waitMs: waitMs === Number.POSITIVE_INFINITY ? undefined : waitMs };
  }

  /** One of us has it in hand, or tries to get it. */
  hold(name: string): void {
    this.#held.add(name);
    this.#heldCount += 1;
  }

  /** It is there for others of us again, from then on. */
  free(name: string, fromMs?: number): void {
    this.#held.delete(name);
    if (fromMs !== undefined) this.#putOff.set(name, fromMs);
  }

  /** Somebody else has it in hand. */
  claimedByAnother(name: string): void {
    this.#claimed = new Set([...this.#claimed, name]);
  }

  /** It is not in the queue any more. */
  drop(name: string): void {
    this.#held.delete(name);
    this.#putOff.delete(name);
    this.#gone.add(name);
    this.#goneCount += 1;
  }

  #skipGone(listed: readonly string[]): void {
    while (this.#gone.delete(listed[this.#first] ?? '')) this.#first += 1;
  }
}
