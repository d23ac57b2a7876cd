import type { ItemNames } from './items/item-names.ts';

/** What is ours to try now; and if that is nothing, when to look again. */
export interface Choice {
  readonly reservations: readonly Reservation[];
  /** In so many milliseconds an item becomes due, or is to be tried again. Undefined: not before something changes. */
  readonly waitMs: number | undefined;
}

export interface Times {
  /** Monotonic. */
  readonly nowMs: number;
  /** Of the wall clock, which due times are in. */
  readonly wallMs: number;
}

/** What a reservation reports to its backlog. */
interface Outcomes {
  free(reservation: Reservation, fromMs: number | undefined): void;
  gone(reservation: Reservation): void;
  claimed(reservation: Reservation): void;
}

/** A consumer of this queue object has the item in hand, or tries to get it; no other is given it meanwhile. The first outcome that is reported counts. */
export class Reservation {
  readonly name: string;
  /** Where the item is in the last listing. */
  at: number;
  readonly #outcomes: Outcomes;
  #isOver = false;

  /** Reservations are made by a backlog. */
  constructor(name: string, at: number, outcomes: Outcomes) {
    this.name = name;
    this.at = at;
    this.#outcomes = outcomes;
  }

  /** Others of us may have it, from that time on. Default: at once. */
  free(fromMs?: number): void {
    if (this.#end()) this.#outcomes.free(this, fromMs);
  }

  /** It is not in the queue any more. */
  gone(): void {
    if (this.#end()) this.#outcomes.gone(this);
  }

  /** Another process, or another queue object, has it in hand. */
  claimedByAnother(): void {
    if (this.#end()) this.#outcomes.claimed(this);
  }

  #end(): boolean {
    const isFirst = !this.#isOver;
    this.#isOver = true;
    return isFirst;
  }
}

interface PutOff {
  readonly untilMs: number;
  readonly at: number;
}

/**
 * The items of a queue as last listed, and what has become of them since: which are next, for all consumers of one queue object. Whatever makes an item
 * available is reported to `onAvailable`, whoever did it, so that nobody waits for what is there. Does no I/O.
 */
export class Backlog {
  readonly #order: Pick<ItemNames<never>, 'sorted' | 'dueMs' | 'newcomers'>;
  readonly #onAvailable: () => void;
  readonly #outcomes: Outcomes;
  #listed: readonly string[] | undefined;
  /** None before it is available. */
  #first = 0;
  #goneCount = 0;
  /** How many were reserved since it was listed. */
  #reservedCount = 0;
  readonly #gone = new Set<string>();
  readonly #reserved = new Map<string, Reservation>();
  #claimed = new Set<string>();
  /** Not to be tried again before that time. */
  #putOff = new Map<string, PutOff>();
  /** When the first of those may be tried again. */
  #nextRetryMs = Number.POSITIVE_INFINITY;

  constructor(order: Pick<ItemNames<never>, 'sorted' | 'dueMs' | 'newcomers'>, onAvailable: () => void) {
    this.#order = order;
    this.#onAvailable = onAvailable;
    this.#outcomes = {
      free: (reservation, fromMs) => this.#free(reservation, fromMs),
      gone: (reservation) => this.#drop(reservation),
      claimed: ({ name }) => {
        this.#reserved.delete(name);
        this.#claimed.add(name);
      },
    };
  }

  /** How many there are, as far as we know. */
  get size(): number {
    return (this.#listed?.length ?? 0) - this.#goneCount;
  }

  /** Are there items in the hands of others? */
  get isContended(): boolean {
    return this.#claimed.size > 0;
  }

  /**
   * Is it time for a new listing, though there may be something to take? A listing costs as much as it is long, so it is made once for a certain share of
   * the items in it: a larger one where it only tells of those that are last anyway.
   */
  get isOutdated(): boolean {
    if (this.#listed === undefined) return true;
    const { length } = this.#listed;
    return this.#order.newcomers === 'last'
      ? this.#goneCount >= Math.max(100, length / 10)
      : this.#reservedCount >= Math.max(1, length / 100);
  }

  /** A new listing of the items. What is known of items that are not in it is forgotten, but for those in hand. */
  list(names: readonly string[]): void {
    this.#listed = this.#order.sorted(names);
    this.#first = 0;
    this.#goneCount = 0;
    this.#reservedCount = 0;
    this.#gone.clear();
    const putOff = new Map<string, PutOff>();
    if (this.#reserved.size + this.#putOff.size > 0) {
      for (const [at, name] of this.#listed.entries()) {
        const reservation = this.#reserved.get(name);
        if (reservation !== undefined) reservation.at = at;
        const still = this.#putOff.get(name);
        if (still !== undefined) putOff.set(name, { ...still, at });
      }
    }
    this.#putOff = putOff;
    this.#onAvailable();
  }

  /** A new listing of what is claimed, by us or by others. */
  listClaims(names: readonly string[]): void {
    this.#claimed = new Set(names.filter((name) => !this.#reserved.has(name)));
    this.#first = 0;
    this.#onAvailable();
  }

  /** Reserves the next, up to so many. */
  reserve(count: number, { nowMs, wallMs }: Times): Choice {
    this.#endPutOffs(nowMs);
    const listed = this.#listed ?? [];
    const reservations: Reservation[] = [];
    let waitMs = this.#nextRetryMs - nowMs;
    while (this.#first < listed.length && reservations.length < count) {
      const name = listed[this.#first] ?? '';
      if (this.#isAvailable(name)) {
        const dueInMs = this.#order.dueMs(name) - wallMs;
        waitMs = dueInMs > 0 ? Math.min(waitMs, dueInMs) : waitMs;
        // Those that follow are due even later.
        if (dueInMs > 0) break;
        reservations.push(this.#reserve(name));
      }
      this.#first += 1;
    }
    return { reservations, waitMs: waitMs === Number.POSITIVE_INFINITY ? undefined : waitMs };
  }

  #isAvailable(name: string): boolean {
    return !(this.#gone.has(name) || this.#reserved.has(name) || this.#claimed.has(name) || this.#putOff.has(name));
  }

  #reserve(name: string): Reservation {
    const reservation = new Reservation(name, this.#first, this.#outcomes);
    this.#reserved.set(name, reservation);
    this.#reservedCount += 1;
    return reservation;
  }

  #free({ name, at }: Reservation, fromMs: number | undefined): void {
    this.#reserved.delete(name);
    if (fromMs === undefined) this.#first = Math.min(this.#first, at);
    else {
      this.#putOff.set(name, { untilMs: fromMs, at });
      this.#nextRetryMs = Math.min(this.#nextRetryMs, fromMs);
    }
    this.#onAvailable();
  }

  #drop({ name }: Reservation): void {
    this.#reserved.delete(name);
    this.#gone.add(name);
    this.#goneCount += 1;
  }

  #endPutOffs(nowMs: number): void {
    if (nowMs < this.#nextRetryMs) return;
    this.#nextRetryMs = Number.POSITIVE_INFINITY;
    for (const [name, { untilMs, at }] of this.#putOff) {
      if (untilMs > nowMs) this.#nextRetryMs = Math.min(this.#nextRetryMs, untilMs);
      else {
        this.#putOff.delete(name);
        this.#first = Math.min(this.#first, at);
      }
    }
  }
}
