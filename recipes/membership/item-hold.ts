import { map, Observable } from 'rxjs';
import { type Client, joinPath } from '../../src/index.ts';
import { Campaign } from '../leader/campaign.ts';
import { workDuring } from '../leader/work.ts';
import type { OnSuspended } from '../leases/basis.ts';
import type { Lease } from '../leases/lease.ts';
import { mutexPatterns } from '../line/line.ts';

/**
 * What is done with one item while it is ours. Has to end soon after `signal` aborts, since the item is kept from others until then.
 *
 * @param signal aborts when the item is to go to another, or is lost, or all is over
 */
export type ItemWork = (item: string, lease: Lease, signal: AbortSignal) => Promise<void> | void;

/** One item, under a lock of its own: while we are to have it we stand in line for it, and in our turn it is ours until the works that it was given have ended. */
export class ItemHold {
  readonly item: string;
  readonly #client: Client;
  readonly #campaign: Campaign;
  #leave: (() => Promise<void>) | undefined;

  /** @param locks the directory of the items' locks */
  constructor(client: Client, locks: string, item: string, id: string, onSuspended: OnSuspended) {
    const directory = joinPath(locks, item);
    const line = { directory, name: 'lock-', patterns: mutexPatterns };
    this.item = item;
    this.#client = client;
    this.#campaign = new Campaign(directory, { client, line, data: Buffer.from(id), onSuspended });
  }

  /** We are to have it, or not. */
  want(isWanted: boolean): void {
    if (isWanted) {
      this.#leave ??= this.#campaign.enter();
      return;
    }
    const leave = this.#leave;
    this.#leave = undefined;
    // Closing waits for it.
    void leave?.();
  }

  /** Our lease on it, now and whenever that changes. Errors with what cannot heal. */
  get lease$(): Observable<Lease | undefined> {
    return this.#campaign.state$.pipe(
      map((state) => {
        if (state.kind === 'failed') throw state.error;
        // It is given back when the item is, not before.
        return state.kind === 'leading' ? this.#campaign.term?.lease(() => Promise.resolve()) : undefined;
      }),
    );
  }

  /** Does the work each time that the item has become ours. Errors with what it throws; after unsubscribing it is not begun again. */
  working$(work: ItemWork): Observable<never> {
    return new Observable((subscriber) => {
      const states = this.#campaign.state$.subscribe(({ kind }) => {
        const { term } = this.#campaign;
        if (kind !== 'leading' || term === undefined) return;
        const working = workDuring(this.#client, term, (lease, signal) => work(this.item, lease, signal));
        this.#campaign.track(working).catch((error: unknown) => subscriber.error(error));
      });
      return () => states.unsubscribe();
    });
  }

  /** Gives it up for good. Resolves when the works have ended and others may have it; rejects with what keeps our znode there. */
  async close(): Promise<void> {
    await this.#campaign.close();
  }
}
