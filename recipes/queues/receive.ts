import { type OutcomeUnknownError, whenAborted } from '../../src/index.ts';
import type { Offer } from './claim.ts';
import type { Delivery } from './delivery.ts';
import { DeliveryStream } from './delivery-stream.ts';
import { Prefetcher } from './prefetch.ts';
import type { QueueContext } from './queue-context.ts';
import { Remover } from './remover.ts';
import type { Settler } from './settler.ts';

/**
 * Removes one item. A removal that is on its way when the signal aborts is seen through, so that its item is not lost.
 *
 * @returns the item; there are more only where Curator has put several items into one znode
 * @throws the signal's reason
 * @throws {OutcomeUnknownError} the session was over before it was known who has removed the item
 */
export async function takeOne<T>(context: QueueContext<T>, signal: AbortSignal): Promise<readonly T[]> {
  let unknown: OutcomeUnknownError | undefined;
  const onUnknown = (error: OutcomeUnknownError) => {
    unknown = error;
    // It never rejects.
    void prefetcher.close();
  };
  const prefetcher = new Prefetcher<T, T>(context, 0, new Remover(context, { onUnknown }));
  // It never rejects.
  const stopListening = whenAborted(signal, () => void prefetcher.close());
  try {
    const taken = await prefetcher.next();
    await prefetcher.close();
    if (taken !== undefined) return [taken, ...prefetcher.leftOver()];
    throw unknown ?? signal.reason;
  } finally {
    stopListening();
  }
}

/** Claims items one by one, for those who ask for one at a time. */
export class Receiver<T> {
  readonly #context: QueueContext<T>;
  readonly #settler: Settler;
  /** Of items that Curator has put into one znode together, those that nobody was given yet. They are given back when the others are settled. */
  readonly #left: Offer<T>[] = [];

  constructor(context: QueueContext<T>, settler: Settler) {
    this.#context = context;
    this.#settler = settler;
  }

  /**
   * A claim that is on its way when the signal aborts is given back, as if it had not been made.
   *
   * @throws the signal's reason
   */
  async receive(signal: AbortSignal): Promise<Delivery<T> | undefined> {
    for (let offer = this.#left.shift(); offer !== undefined; offer = this.#left.shift()) if (offer.isLive()) return offer.hand();
    const stream = new DeliveryStream(this.#context, this.#settler, { concurrency: 1, retryDelayMs: 0, givesBackRest: true });
    // It never rejects, and is asked for below again.
    const stopListening = whenAborted(signal, () => void stream.close());
    try {
      const offer = await stream.next();
      const others = await stream.close();
      if (offer !== undefined && !signal.aborted) {
        this.#left.push(...others);
        return offer.hand();
      }
      await Promise.all([...(offer === undefined ? [] : [offer]), ...others].map((each) => each.giveBack()));
      throw signal.reason;
    } finally {
      stopListening();
    }
  }
}
