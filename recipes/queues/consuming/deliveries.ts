import { Observable } from 'rxjs';
import { never, whenAborted } from '../../../src/index.ts';
import type { Delivery } from '../delivery.ts';
import type { DeliveryStream } from './delivery-stream.ts';

/** Deliveries as an observable: subscribing begins, unsubscribing ends. What was emitted remains its owner's to settle. */
export function deliveriesOn<T>(open: () => DeliveryStream<T>): Observable<Delivery<T>> {
  return new Observable((subscriber) => {
    const stream = open();
    const emit = async () => {
      for (let delivery = await stream.next(); delivery !== undefined; delivery = await stream.next()) {
        // It was on its way when the subscriber left.
        if (subscriber.closed) await delivery[Symbol.asyncDispose]();
        else subscriber.next(delivery);
      }
    };
    emit().catch((error: unknown) => subscriber.error(error));
    // It never rejects.
    return () => void giveUp(stream);
  });
}

/** Deliveries as an async iterator, until the signal aborts or the loop is left. */
export async function* eachDelivery<T>(open: () => DeliveryStream<T>, signal: AbortSignal = never): AsyncGenerator<Delivery<T>, void> {
  const stream = open();
  // It never rejects.
  const stopListening = whenAborted(signal, () => void giveUp(stream));
  try {
    for (let delivery = await stream.next(); delivery !== undefined; delivery = await stream.next()) yield delivery;
  } finally {
    stopListening();
    await giveUp(stream);
  }
}

/** Never rejects. */
async function giveUp<T>(stream: DeliveryStream<T>): Promise<void> {
  const left = await stream.close();
  await Promise.all(left.map((delivery) => delivery[Symbol.asyncDispose]()));
}
