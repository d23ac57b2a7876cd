import { filter, from, map } from 'rxjs';
import { type Client, ForeignChildrenError, first } from '../../../src/index.ts';
import { childrenOf } from '../../common/unless-gone.ts';

/** What comes before the number that the server gives. */
export const itemPrefix = 'qn-';

// `%010d` of a signed 32-bit number: ten digits, or a minus sign and nine or ten.
const itemName = /^qn-(\d{10}|-\d{9,10})$/;

// Who waits does so for as long as the servers are out of reach.
const longestTimeoutMs = 2 ** 31 - 1;

/**
 * The items of a simple queue by their names, oldest first, each handed out to one caller of this process. Names are listed once and used up, then listed
 * anew: items put meanwhile come after all that are known.
 */
export class SimpleNames {
  readonly #client: Client;
  readonly #path: string;
  #known: string[] = [];
  readonly #handedOut = new Set<string>();
  /** Those who wait for items do so one after the other, so that a put makes for one listing. */
  #line: Promise<void> = Promise.resolve();
  #hasToldOfForeigners = false;

  constructor(client: Client, path: string) {
    this.#client = client;
    this.#path = path;
  }

  /** The oldest that nobody here has in hand, until it is settled; undefined if there is none. */
  async next(signal: AbortSignal): Promise<string | undefined> {
    if (this.#known.length === 0) this.#learn(await childrenOf(this.#client, this.#path, { signal, timeoutMs: longestTimeoutMs }));
    return this.#handOut();
  }

  /** The same, but waits until there is one, in the order of the calls. */
  async awaitNext(signal: AbortSignal): Promise<string> {
    const before = this.#line;
    let leave = () => {};
    const ours = new Promise<void>((resolve) => {
      leave = resolve;
    });
    // Who gives up lets nobody overtake those before it.
    this.#line = before.then(() => ours);
    try {
      await first(from(before), signal);
      return this.#handOut() ?? (await this.#listUntilSome(signal));
    } finally {
      leave();
    }
  }

  /** Ends that it is in somebody's hands here. One that is not gone is the first again. */
  settle(name: string, isGone: boolean): void {
    this.#handedOut.delete(name);
    if (!isGone) this.#known.unshift(name);
  }

  #listUntilSome(signal: AbortSignal): Promise<string> {
    const names$ = this.#client.children$(this.#path).pipe(
      map((children) => {
        this.#learn(children ?? []);
        return this.#handOut();
      }),
    );
    return first(names$.pipe(filter((name) => name !== undefined)), signal);
  }

  #handOut(): string | undefined {
    const name = this.#known.shift();
    if (name !== undefined) this.#handedOut.add(name);
    return name;
  }

  #learn(children: readonly string[]): void {
    const foreigners = children.filter((name) => !itemName.test(name));
    if (foreigners.length > 0 && !this.#hasToldOfForeigners) {
      this.#hasToldOfForeigners = true;
      this.#client.reportError(new ForeignChildrenError(this.#path, foreigners));
    }
    this.#known = children.filter((name) => itemName.test(name) && !this.#handedOut.has(name)).sort();
  }
}
