import type { z } from 'zod';
import { type Client, InternalError, LeaseLostError, never, whenAborted } from '../../../src/index.ts';
import type { consumeOptions } from '../consume-options.ts';
import type { Delivery } from '../delivery.ts';
import { Intake } from '../intake/intake.ts';
import type { Site } from '../intake/site.ts';
import { Claiming } from '../taking/claiming.ts';
import { Removing } from '../taking/removing.ts';
import type { Settler } from '../taking/settler.ts';

type Options = Omit<z.output<typeof consumeOptions>, 'safety'>;

/** Handles items until the signal aborts, each of them at least once: acknowledged when it has been handled, given back when its handler fails. */
export async function consumeAtLeastOnce<T>(
  site: Site<T>,
  settler: Settler,
  handle: (item: T, delivery: Delivery<T>) => unknown,
  options: Options,
): Promise<void> {
  const { prefetch, retryDelayMs } = options;
  const intake = new Intake<T, Delivery<T>>(
    site,
    prefetch,
    ({ changed, contended }) => new Claiming(site, { settler, retryDelayMs, onContention: contended, onEnd: changed, onSettled: () => {} }),
  );
  const settling = new Set<Promise<void>>();
  await work(intake, options, async (delivery) => {
    const failure = await failureOf(() => handle(delivery.item, delivery));
    const settled = settle(site.client, delivery, failure);
    settling.add(settled);
    // It never rejects.
    void settled.then(() => settling.delete(settled));
    // Confirmations may be outstanding, but not those of ever more items.
    if (settling.size > prefetch) await settled;
  });
  await Promise.all(settling);
}

/** Handles items until the signal aborts, each of them once at most: removed from the queue, and then handled. */
export async function consumeAtMostOnce<T>(site: Site<T>, handle: (item: T) => unknown, options: Options): Promise<void> {
  const { client } = site;
  const onUnknown = (error: Error) => client.reportError(error);
  const intake = new Intake<T, T>(site, options.prefetch, ({ contended }) => new Removing(site, { onContention: contended, onUnknown }));
  await work(intake, options, async (item) => {
    const failure = await failureOf(() => handle(item));
    if (failure !== undefined) client.reportError(asError(failure.reason));
  });
}

/** As many at a time as are allowed to be; resolves when all that was taken has been handled. */
async function work<T, Taken>(
  intake: Intake<T, Taken>,
  { concurrency, signal = never }: Pick<Options, 'concurrency' | 'signal'>,
  handle: (taken: Taken) => Promise<void>,
): Promise<void> {
  const stopListening = whenAborted(signal, () => void intake.close());
  const workers = Array.from({ length: concurrency }, async () => {
    for (let taken = await intake.next(); taken !== undefined; taken = await intake.next()) await handle(taken);
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
