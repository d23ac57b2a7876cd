import type { Offer } from './claim.ts';
import { Claimer } from './claimer.ts';
import { Prefetcher } from './prefetch.ts';
import type { QueueContext } from './queue-context.ts';
import type { Settler } from './settler.ts';

export interface StreamOptions {
  /** How many deliveries may be unsettled at a time. */
  readonly concurrency: number;
  readonly retryDelayMs: number;
  /** Of several items in a znode: are those that nobody has been given yet given back as soon as the others are settled? */
  readonly givesBackRest: boolean;
}

/** Items to be handed out one by one, to somebody who settles them. Nothing is taken from others before it is asked for. */
export class DeliveryStream<T> {
  readonly #prefetcher: Prefetcher<T, Offer<T>>;
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #closing: Promise<readonly Offer<T>[]> | undefined;

  constructor(context: QueueContext<T>, settler: Settler, { concurrency, retryDelayMs, givesBackRest }: StreamOptions) {
    this.#free = concurrency;
    const onSettled = () => this.#settled();
    this.#prefetcher = new Prefetcher(context, 0, new Claimer(context, { settler, retryDelayMs, givesBackRest, onSettled }));
  }

  /** The next, as soon as there may be one more; undefined once the stream is closed. Who does not hand it out gives it back. */
  async next(): Promise<Offer<T> | undefined> {
    while (this.#free === 0 && this.#closing === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#closing !== undefined) return undefined;
    this.#free -= 1;
    return await this.#prefetcher.next();
  }

  /** Those who wait get nothing, at once. Idempotent, never rejects. Resolves with what was taken and not handed out. */
  close(): Promise<readonly Offer<T>[]> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<readonly Offer<T>[]> {
    for (const wake of this.#waiting.splice(0)) wake();
    await this.#prefetcher.abandon();
    return this.#prefetcher.leftOver();
  }

  #settled(): void {
    this.#free += 1;
    this.#waiting.shift()?.();
  }
}
