import { z } from 'zod';
import { abortSignal } from '../../src/index.ts';

export interface DeliveryOptions {
  /** How many deliveries may be unsettled at a time. Default: 1. */
  readonly concurrency?: number | undefined;
  /** For how long an item that was released is not given out again by this queue object, in milliseconds; others may get it at once. Default: 1000. */
  readonly retryDelayMs?: number | undefined;
}

export interface ConsumeOptions extends DeliveryOptions {
  /**
   * When an item is taken out of the queue: after it has been handled, so that it may be handled twice; or before, so that it may be lost. Default:
   * `at-least-once`. All consumers of a queue need the same.
   */
  readonly safety?: 'at-least-once' | 'at-most-once' | undefined;
  /**
   * The most items to take ahead of the handlers. Only as many are as handlers will ask for during two round trips: none while handling takes longer than that.
   * Default: 100.
   */
  readonly prefetch?: number | undefined;
  /** Ends it when aborted: nothing more is taken, and what was taken is handled. */
  readonly signal?: AbortSignal | undefined;
}

const delivery = {
  concurrency: z.int('must be an integer').positive('must be greater than 0').default(1),
  retryDelayMs: z.number('must be a number of milliseconds').finite().nonnegative('must not be negative').default(1_000),
};

export const deliveryOptions = z.strictObject({ ...delivery, signal: abortSignal.optional() });

export const consumeOptions = z.strictObject({
  ...delivery,
  safety: z.enum(['at-least-once', 'at-most-once'], "must be 'at-least-once' or 'at-most-once'").default('at-least-once'),
  prefetch: z.int('must be an integer').nonnegative('must not be negative').default(100),
  signal: abortSignal.optional(),
});
