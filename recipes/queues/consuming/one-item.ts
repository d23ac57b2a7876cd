import { type OutcomeUnknownError, whenAborted } from '../../../src/index.ts';
import type { Delivery } from '../delivery.ts';
import { Intake } from '../intake/intake.ts';
import type { Site } from '../intake/site.ts';
import { Removing } from '../taking/removing.ts';
import type { Settler } from '../taking/settler.ts';
import { DeliveryStream } from './delivery-stream.ts';

/** What one call has got: the first is what it asked for. There are more only where Curator has put several items into one znode. */
export type Got<Taken> = readonly Taken[];

/**
 * Removes one item. A removal that is on its way when the signal aborts is seen through, so that its item is not lost.
 *
 * @throws the signal's reason
 * @throws {OutcomeUnknownError} the session was over before it was known who has removed the item
 */
export async function takeOne<T>(site: Site<T>, signal: AbortSignal): Promise<Got<T>> {
  let unknown: OutcomeUnknownError | undefined;
  const intake: Intake<T, T> = new Intake(site, 0, ({ contended }) => {
    const onUnknown = (error: OutcomeUnknownError) => {
      unknown = error;
      // It never rejects.
      void intake.close();
    };
    return new Removing(site, { onContention: contended, onUnknown });
  });
  // It never rejects.
  const stopListening = whenAborted(signal, () => void intake.close());
  try {
    const taken = await intake.next();
    await intake.close();
    if (taken !== undefined) return [taken, ...intake.leftOver()];
    throw unknown ?? signal.reason;
  } finally {
    stopListening();
  }
}

/**
 * Claims one item. A claim that is on its way when the signal aborts is given back.
 *
 * @throws the signal's reason
 */
export async function receiveOne<T>(site: Site<T>, settler: Settler, signal: AbortSignal): Promise<Got<Delivery<T>>> {
  const stream = new DeliveryStream(site, settler, { concurrency: 1, retryDelayMs: 0 });
  // It never rejects, and is asked for below again.
  const stopListening = whenAborted(signal, () => void stream.close());
  try {
    const delivery = await stream.next();
    const got = [...(delivery === undefined ? [] : [delivery]), ...(await stream.close())];
    if (!signal.aborted) return got;
    await Promise.all(got.map((each) => each[Symbol.asyncDispose]()));
    throw signal.reason;
  } finally {
    stopListening();
  }
}
