import { z } from 'zod';
import { abortSignal, type Codec, positiveMs } from '../../src/index.ts';
import { codecOption } from '../common/codec-option.ts';

export interface QueueOptions<T> {
  /** How items stand in their znodes. All who use the queue need the same. */
  readonly codec: Codec<T>;
  /**
   * Where consumers claim items that they handle. Default: the queue's path with `-locks` behind it. All consumers of the queue need the same.
   *
   * @see Curator `QueueBuilder.lockPath`
   */
  readonly lockPath?: string | undefined;
  /** Where items go that cannot be handled. Default: the queue's path with `-dead-letters` behind it. */
  readonly deadLetterPath?: string | undefined;
  /** How often an item is given to somebody before it goes to the dead letters instead. Default: 10; `Infinity`: for ever. */
  readonly maxDeliveries?: number | undefined;
  /**
   * How many items the queue may have: puts wait for room, or fail. Default: no limit. Puts of several processes at the same moment may pass it by as many as
   * they are.
   *
   * @see Curator `QueueBuilder.maxItems`
   */
  readonly maxItems?: number | undefined;
}

/** Bounds of a put. */
export interface PutOptions {
  /** How long the whole call may take, in milliseconds. Default: for ever while there is no room, and then `operationTimeoutMs` of the client. */
  readonly timeoutMs?: number | undefined;
  /** Ends the call when aborted; a put that was on its way by then may be in the queue. */
  readonly signal?: AbortSignal | undefined;
  /** What to do while the queue has `maxItems`. Default: `wait`. */
  readonly whenFull?: 'wait' | 'fail' | undefined;
}

const path = z.string('must be a string');
const count = z.int('must be an integer').positive('must be greater than 0');

export const queueOptions = z.strictObject({
  codec: codecOption<unknown>(),
  lockPath: path.optional(),
  deadLetterPath: path.optional(),
  maxDeliveries: z.union([count, z.literal(Number.POSITIVE_INFINITY)], 'must be a positive integer, or Infinity').default(10),
  maxItems: count.optional(),
});

export const putOptions = z.strictObject({
  timeoutMs: positiveMs.optional(),
  signal: abortSignal.optional(),
  whenFull: z.enum(['wait', 'fail'], "must be 'wait' or 'fail'").default('wait'),
});
