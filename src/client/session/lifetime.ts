import type { Driver, Perform } from '../../driver/driver.ts';
import { withPrefix } from '../../driver/prefix.ts';
import { Ender, type Ending } from '../../ending.ts';
import type { Session } from './session.ts';

/** One driver, from when it is opened until its session is over or given up. */
export class Lifetime implements Ending {
  readonly driver: Driver;
  /** Once a server has granted it. */
  session: Session | undefined;
  readonly #zxidBefore: bigint;
  readonly #ender = new Ender();
  readonly #performs = new Map<string, Perform>();

  /** @param zxidBefore the highest zxid that an earlier driver has shown; 0 for none */
  constructor(driver: Driver, zxidBefore: bigint) {
    this.driver = driver;
    this.#zxidBefore = zxidBefore;
  }

  /** The highest zxid seen of this ensemble; `undefined` if none was. */
  get lastZxid(): bigint | undefined {
    const { lastZxid = 0n } = this.driver;
    if (lastZxid > this.#zxidBefore) return lastZxid;
    return this.#zxidBefore === 0n ? undefined : this.#zxidBefore;
  }

  /** The driver's `perform`, below `prefix`. */
  performBelow(prefix: string): Perform {
    const known = this.#performs.get(prefix);
    if (known !== undefined) return known;
    const perform = withPrefix(prefix, (name, request, until) => this.driver.perform(name, request, until));
    this.#performs.set(prefix, perform);
    return perform;
  }

  get over(): { readonly reason: unknown } | undefined {
    return this.#ender.over;
  }

  whenOver(action: (reason: unknown) => void): () => void {
    return this.#ender.whenOver(action);
  }

  end(reason: unknown): void {
    this.#ender.end(reason);
  }
}
