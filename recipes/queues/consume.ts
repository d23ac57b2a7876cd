import type { z } from 'zod';
import { type Client, InternalError, LeaseLostError, never, whenAborted } from '../../src/index.ts';
import type { Offer } from './claim.ts';
import { Claimer } from './claimer.ts';
import type { consumeOptions } from './consume-options.ts';
import type { Delivery } from './delivery.ts';
import { Prefetcher } from './prefetch.ts';
import type { QueueContext } from './queue-context.ts';
import { Remover } from './remover.ts';
import type { Settler } from './settler.ts';

type Options = Omit<z.output<typeof consumeOptions>, 'safety'>;

/** Handles items until the signal aborts, each of them at least once: acknowledged when it has been handled, given back when its handler fails. */
export async function consumeAtLeastOnce<T>(
  context: QueueContext<T>,
  settler: Settler,
  handle: (item: T, delivery: Delivery<T>) => unknown,
  options: Options,
): Promise<void> {
  const { prefetch, retryDelayMs } = options;
  const claimer = new Claimer<T>(context, { settler, retryDelayMs, givesBackRest: false, onSettled: () => {} });
  const prefetcher = new Prefetcher<T, Offer<T>>(context, prefetch, claimer);
  const settling = new Set<Promise<void>>();
  await work(prefetcher, options, async (offer) => {
    const delivery = offer.hand();
    const failure = await failureOf(() => handle(delivery.item, delivery));
    const settled = settle(context.client, delivery, failure);
    settling.add(settled);
    // It never rejects.
    void settled.then(() => settling.delete(settled));
    // Confirmations may be outstanding, but not those of ever more items.
    if (settling.size > prefetch) await settled;
  });
  await Promise.all(settling);
}

/** Handles items until the signal aborts, each of them once at most: removed from the queue, and then handled. */
export async function consumeAtMostOnce<T>(context: QueueContext<T>, handle: (item: T) => unknown, options: Options): Promise<void> {
  const { client } = context;
  const onUnknown = (error: Error) => client.reportError(error);
  const prefetcher = new Prefetcher<T, T>(context, options.prefetch, new Remover(context, { onUnknown }));
  await work(prefetcher, options, async (item) => {
    const failure = await failureOf(() => handle(item));
    if (failure !== undefined) client.reportError(asError(failure.reason));
  });
}

/** As many at a time as are allowed to be; resolves when all that was taken has been handled. */
async function work<T, Taken>(
  prefetcher: Prefetcher<T, Taken>,
  { concurrency, signal = never }: Pick<Options, 'concurrency' | 'signal'>,
  handle: (taken: Taken) => Promise<void>,
): Promise<void> {
  const stopListening = whenAborted(signal, () => void prefetcher.close());
  const workers = Array.from({ length: concurrency }, async () => {
    for (let taken = await prefetcher.next(); taken !== undefined; taken = await prefetcher.next()) await handle(taken);
  });
  const results = await Promise.allSettled(workers);
  stopListening();
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

interface Failure {
  readonly reason: unknown;
}

async function failureOf(handling: () => unknown): Promise<Failure | undefined> {
  try {
    await handling();
    return undefined;
  } catch (reason) {
    return { reason };
  }
}

/** Never rejects. */
async function settle<T>(client: Client, delivery: Delivery<T>, failure: Failure | undefined): Promise<void> {
  try {
    await (failure === undefined ? delivery.ack() : delivery.release(failure.reason));
  } catch (error) {
    // It will be handled again, which is what at-least-once is about.
    if (error instanceof LeaseLostError) client.logger.warn({ path: delivery.path, error }, 'a claim was lost before its item was settled');
    else client.reportError(asError(error));
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new InternalError('a handler threw what is no error', { cause: reason });
}
