import { Subscription } from 'rxjs';
import { type Client, whenAborted } from '../../src/index.ts';
import { handled } from '../common/handled.ts';
import { whileItHeals } from '../common/while-it-heals.ts';
import { EphemeralBasis, type OnSuspended, type Place, type Znode } from '../leases/basis.ts';
import { Hold } from '../leases/hold.ts';
import { Lease } from '../leases/lease.ts';

/**
 * One leadership, from coming to the front of the line to its end: the session is over, contact is lost under `onSuspended: 'abort'`, somebody has
 * deleted the znode, or we step down.
 */
export class Term {
  readonly znode: Znode;
  readonly #client: Client;
  readonly #place: Place;
  readonly #basis: EphemeralBasis;
  readonly #end = new AbortController();
  readonly #watching = new Subscription();
  #leave: (leaving: Promise<void>) => void = () => {};
  /**
   * Resolves when we have made way for the next one. Nobody has to wait for it.
   *
   * @throws what keeps the znode there
   */
  readonly gone = handled(
    new Promise<void>((resolve) => {
      this.#leave = resolve;
    }),
  );

  constructor(client: Client, onSuspended: OnSuspended, place: Place) {
    this.#client = client;
    this.#place = place;
    this.#basis = new EphemeralBasis(client, onSuspended, place);
    [this.znode] = this.#basis.znodes;
    this.#basis.whenLost((cause) => this.end(cause), this.#watching);
    // It never rejects, and ends with the term.
    void this.#watch();
  }

  /** Aborted, with the cause, when it has ended. */
  get over(): AbortSignal {
    return this.#end.signal;
  }

  /** By the clock at the time of asking. */
  isValid(): boolean {
    return this.#basis.isValid() && !this.over.aborted;
  }

  /** Ends it for all who have a lease on it. The znode stays until `giveBack`, so nobody else leads before that. */
  end(cause: unknown): void {
    this.#watching.unsubscribe();
    this.#end.abort(cause);
  }

  /** Another lease on it. */
  lease(giveBack: () => Promise<void>): Lease {
    const { znodes, revoke$ } = this.#basis;
    const whenLost = (action: (cause: unknown) => void, until: Subscription) => until.add(whenAborted(this.over, action));
    return new Lease(new Hold({ znodes, revoke$, isValid: () => this.isValid(), whenLost, giveBack }));
  }

  /** Makes way: `gone` tells when that is done. The request leaves in the tick of the call. */
  giveBack(): void {
    this.end('it was given back');
    this.#leave(this.#basis.giveBack());
  }

  /**
   * Who leads by a znode that is gone leads beside the next one. Asks anew after each change and each reconnect. It is our own deletion that ends it at the
   * end of the term: taking the watch off before would be one request more.
   */
  async #watch(): Promise<void> {
    const { path, session } = this.#place;
    const ask = () => this.#client.whenChanged(path, { session });
    try {
      while ((await whileItHeals(this.#client, this.over, ask)) === 'changed') if (this.over.aborted) return;
      this.end('somebody deleted its znode');
    } catch (error) {
      if (!this.over.aborted && error instanceof Error) this.#client.reportError(error);
    }
  }
}
