import type { Delivery } from '../delivery.ts';
import { Intake } from '../intake/intake.ts';
import type { Site } from '../intake/site.ts';
import { Claiming } from '../taking/claiming.ts';
import type { Settler } from '../taking/settler.ts';

export interface StreamOptions {
  /** How many deliveries may be unsettled at a time. */
  readonly concurrency: number;
  readonly retryDelayMs: number;
}

/** Deliveries, one by one, for somebody who settles them. Nothing is taken from others before it is asked for. */
export class DeliveryStream<T> {
  readonly #intake: Intake<T, Delivery<T>>;
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #closing: Promise<readonly Delivery<T>[]> | undefined;

  constructor(site: Site<T>, settler: Settler, { concurrency, retryDelayMs }: StreamOptions) {
    this.#free = concurrency;
    this.#intake = new Intake(site, 0, ({ changed, contended }) => {
      const onSettled = () => this.#settled();
      return new Claiming(site, { settler, retryDelayMs, onContention: contended, onEnd: changed, onSettled });
    });
  }

  /** The next delivery, as soon as there may be one more; undefined once the stream is closed. */
  async next(): Promise<Delivery<T> | undefined> {
    while (this.#free === 0 && this.#closing === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#closing !== undefined) return undefined;
    this.#free -= 1;
    return await this.#intake.next();
  }

  /** Idempotent, never rejects. Resolves with what was taken and not handed out. */
  close(): Promise<readonly Delivery<T>[]> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<readonly Delivery<T>[]> {
    for (const wake of this.#waiting.splice(0)) wake();
    await this.#intake.close();
    return this.#intake.leftOver();
  }

  #settled(): void {
    this.#free += 1;
    this.#waiting.shift()?.();
  }
}
