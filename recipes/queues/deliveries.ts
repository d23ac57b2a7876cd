import { Observable } from 'rxjs';
import { never, whenAborted } from '../../src/index.ts';
import type { Offer } from './claim.ts';
import type { Delivery } from './delivery.ts';
import type { DeliveryStream } from './delivery-stream.ts';

/** Deliveries as an observable: subscribing begins, unsubscribing ends. What was emitted remains its owner's to settle. */
export function deliveriesOn<T>(open: () => DeliveryStream<T>): Observable<Delivery<T>> {
  return new Observable((subscriber) => {
    const stream = open();
    const emit = async () => {
      for (let offer = await stream.next(); offer !== undefined; offer = await stream.next()) {
        // It was on its way when the subscriber left.
        if (subscriber.closed) await offer.giveBack();
        else subscriber.next(offer.hand());
      }
    };
    emit().catch((error: unknown) => subscriber.error(error));
    // It never rejects.
    return () => void giveUp(stream);
  });
}

/**
 * Deliveries as an async iterator, until the signal aborts or the loop is left. No generator: its `return()` would wait behind a `next()` that waits for an
 * item.
 */
export class DeliveryIterator<T> implements AsyncIterableIterator<Delivery<T>, undefined> {
  readonly #open: () => DeliveryStream<T>;
  readonly #signal: AbortSignal;
  #stream: DeliveryStream<T> | undefined;
  #stopListening = () => {};
  #isOver = false;
  #last: Offer<T> | undefined;

  constructor(open: () => DeliveryStream<T>, signal: AbortSignal = never) {
    this.#open = open;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Delivery<T>, undefined>> {
    if (this.#isOver) return { done: true, value: undefined };
    try {
      const offer = await this.#begun().next();
      if (offer === undefined) return await this.#end();
      this.#last = offer;
      return { done: false, value: offer.hand() };
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  /** The loop is left, by a `break` or an error: nobody has the item any more that it was at, unless it is settled. */
  async return(): Promise<IteratorResult<Delivery<T>, undefined>> {
    const ended = this.#end();
    await this.#last?.retract('its loop was left before it was acknowledged');
    return await ended;
  }

  #begun(): DeliveryStream<T> {
    if (this.#stream !== undefined) return this.#stream;
    const stream = this.#open();
    this.#stream = stream;
    // It never rejects.
    this.#stopListening = whenAborted(this.#signal, () => void giveUp(stream));
    return stream;
  }

  async #end(): Promise<IteratorResult<Delivery<T>, undefined>> {
    this.#isOver = true;
    this.#stopListening();
    if (this.#stream !== undefined) await giveUp(this.#stream);
    return { done: true, value: undefined };
  }
}

/** Never rejects. */
async function giveUp<T>(stream: DeliveryStream<T>): Promise<void> {
  const left = await stream.close();
  await Promise.all(left.map((offer) => offer.giveBack()));
}
