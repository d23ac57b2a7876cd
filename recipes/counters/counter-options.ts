import { z } from 'zod';
import { exponential, type RetryPolicy } from '../../src/index.ts';
import type { Lockable } from '../leases/lockable.ts';

/** How changes get through beside those of others. */
export interface CounterOptions {
  /**
   * When to try again after others were faster. Where it stops, the change goes on under the lock, or fails with `ContentionError` if there is none.
   * Default: after growing pauses of up to 20 ms, for ever.
   */
  readonly retry?: RetryPolicy | undefined;
  /**
   * To go on under, one process after the other: a `Mutex`, as a rule, the same for all who use the counter and for nothing else. Default: none.
   *
   * @see Curator `PromotedToLock`
   */
  readonly lock?: Lockable | undefined;
}

/** The options, their defaults filled in. */
export interface Terms {
  readonly retry: RetryPolicy;
  readonly lock?: Lockable | undefined;
}

/** The default, and that of whoever has the lock, who competes only with those who have not been promoted. */
export const patient: RetryPolicy = exponential({ baseMs: 1, capMs: 20 });

/** Of recipes that add options of their own. */
export const counterShape = {
  retry: z
    .custom<RetryPolicy>((value) => typeof value === 'function', 'must be a retry policy, such as exponential() makes')
    .default(() => patient),
  lock: z
    .custom<Lockable>((value) => typeof value === 'object' && value !== null && 'acquire' in value, 'must be a lock, such as a Mutex')
    .optional(),
} as const;
