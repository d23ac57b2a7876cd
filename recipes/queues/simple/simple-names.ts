import { concat, filter, from, map, merge, Subject, throwError } from 'rxjs';
import { type Client, ClosedError, ForeignChildrenError, first } from '../../../src/index.ts';
import { inAnySession } from '../../common/in-any-session.ts';
import { childrenOf } from '../../common/unless-gone.ts';
import type { TakeBounds } from './take-bounds.ts';

/** What comes before the number that the server gives. */
export const itemPrefix = 'qn-';

// `%010d` of a signed 32-bit number: ten digits, or a minus sign and nine or ten.
const itemName = /^qn-(\d{10}|-\d{9,10})$/;

// A permission may be given, or room be made, meanwhile. Until then each look would cost a request, or carry a large item.
const passedOverMs = 60_000;

/** What has become of an item that a take had in hand: it is no longer there, it still is, or it is and nobody here can take it for now. */
export type Fate = 'gone' | 'there' | 'unusable';

/**
 * The items of a simple queue by their names, oldest first, each in the hands of one take of this queue at the most. Names are listed once and used up, then listed
 * anew: items put meanwhile come after all that are known. Whatever comes back wakes those who wait.
 */
export class SimpleNames {
  readonly #client: Client;
  readonly #path: string;
  /** In nobody's hands here, oldest first. */
  #free: string[] = [];
  readonly #inHand = new Set<string>();
  /** Until when by the clock nobody here tries to take them. */
  readonly #unusable = new Map<string, number>();
  /** Something is no longer in somebody's hands. */
  readonly #settled$ = new Subject<void>();
  /** Takes that wait for items do so one after the other, so that a put makes for one listing. */
  #waiting: Promise<void> = Promise.resolve();
  #hasReportedForeigners = false;

  constructor(client: Client, path: string) {
    this.#client = client;
    this.#path = path;
  }

  /** The oldest, for the caller to take, until it is settled; undefined if there is none. What others here have in hand may come back: that is waited for. */
  async next(bounds: TakeBounds): Promise<string | undefined> {
    if (this.#free.length === 0) await this.#list(bounds);
    const inHand = [...this.#inHand];
    for (;;) {
      const name = this.#handOut();
      if (name !== undefined || !inHand.some((other) => this.#inHand.has(other))) return name;
      await first(this.#settled$, bounds.signal);
    }
  }

  /** The same, but waits until there is one, in the order of the calls. */
  async awaitNext({ signal }: TakeBounds): Promise<string> {
    const before = this.#waiting;
    let leave = () => {};
    const ours = new Promise<void>((resolve) => {
      leave = resolve;
    });
    // A call that gives up lets nobody overtake those before it.
    this.#waiting = before.then(() => ours);
    try {
      await first(from(before), signal);
      return this.#handOut() ?? (await this.#listUntilSome(signal));
    } finally {
      leave();
    }
  }

  /** The oldest, be it in somebody's hands, but for those that the caller has looked at already; undefined if there is none. Nobody is kept from taking it. */
  async oldest(looked: ReadonlySet<string>, bounds: TakeBounds): Promise<string | undefined> {
    const known = this.#oldestKnown(looked);
    if (known !== undefined) return known;
    await this.#list(bounds);
    return this.#oldestKnown(looked);
  }

  /** Was it found unusable before, and is it still there? */
  isPassedOver(name: string): boolean {
    return this.#unusable.has(name);
  }

  /** Ends that a take has it in hand. */
  settle(name: string, fate: Fate): void {
    this.#inHand.delete(name);
    if (fate === 'unusable') this.#unusable.set(name, this.#client.clock.now() + passedOverMs);
    if (fate === 'there') this.#putBack(name);
    this.#settled$.next();
  }

  #listUntilSome(signal: AbortSignal): Promise<string> {
    const listed$ = this.#client.children$(this.#path).pipe(map((children) => this.#learn(children ?? [])));
    const closed$ = throwError(() => new ClosedError(`take ${this.#path}`));
    const names$ = merge(this.#settled$, concat(listed$, closed$)).pipe(map(() => this.#handOut()));
    return first(names$.pipe(filter((name) => name !== undefined)), signal);
  }

  async #list({ signal, options }: TakeBounds): Promise<void> {
    this.#learn(await inAnySession(this.#client, signal, () => childrenOf(this.#client, this.#path, options)));
  }

  #handOut(): string | undefined {
    const name = this.#free.shift();
    if (name !== undefined) this.#inHand.add(name);
    return name;
  }

  #putBack(name: string): void {
    const index = this.#free.findIndex((other) => other > name);
    this.#free.splice(index === -1 ? this.#free.length : index, 0, name);
  }

  #oldestKnown(looked: ReadonlySet<string>): string | undefined {
    const isNew = (name: string) => !looked.has(name);
    const candidates = [...[...this.#inHand].filter(isNew), this.#free.find(isNew)].filter((name) => name !== undefined);
    return candidates.sort()[0];
  }

  #learn(children: readonly string[]): void {
    this.#reportForeigners(children);
    const listed = new Set(children);
    const nowMs = this.#client.clock.now();
    for (const name of this.#unusable.keys()) if (!listed.has(name)) this.#unusable.delete(name);
    const isFree = (name: string) => itemName.test(name) && !this.#inHand.has(name) && (this.#unusable.get(name) ?? 0) <= nowMs;
    this.#free = children.filter(isFree).sort();
  }

  #reportForeigners(children: readonly string[]): void {
    const foreigners = children.filter((name) => !itemName.test(name));
    if (foreigners.length === 0 || this.#hasReportedForeigners) return;
    this.#hasReportedForeigners = true;
    this.#client.reportError(new ForeignChildrenError(this.#path, foreigners));
  }
}
