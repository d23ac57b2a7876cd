import { z } from 'zod';
import { abortSignal, positiveMs } from '../../src/index.ts';
import { type DeadlockDetection, deadlockDetection } from '../inspect/deadlock-detection.ts';
import type { Owner } from './owner.ts';

/** How to get a lease of any recipe that gives them out. */
export interface AcquireOptions {
  /** How long the whole call may take, in milliseconds. Default: for ever. */
  readonly timeoutMs?: number | undefined;
  /** Leaves the line when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Whose hold this is: one who holds already enters again at once. Default: the owner of the `run` around the call, else nobody. */
  readonly owner?: Owner | undefined;
  /**
   * How long the lease may be held, in milliseconds: then it ends by itself, as if it were lost, and the next in line enters. `lease.renew()` begins anew.
   * Whoever enters again does not change it. Default: for as long as its holder likes.
   */
  readonly maxHoldMs?: number | undefined;
  /** How long before that end `lease.expiring$` tells, in milliseconds. Default: a fifth of `maxHoldMs`. */
  readonly warningMs?: number | undefined;
  /** Told how many are ahead, at first and whenever that changes. */
  readonly onQueued?: ((position: number) => void) | undefined;
  /**
   * `detect`: look, after a while, whether we wait for an owner who waits for us, and throw `DeadlockError` if it was our waiting that closed the circle.
   * It takes owners to tell that. Default: wait on.
   */
  readonly deadlock?: 'detect' | DeadlockDetection | undefined;
}

/** Never waits in line, so there is nothing to tell, and nobody to wait for. */
export type TryAcquireOptions = Omit<AcquireOptions, 'onQueued' | 'deadlock'>;

export const acquireOptions = z
  .strictObject({
    timeoutMs: positiveMs.optional(),
    signal: abortSignal.optional(),
    owner: z.custom<Owner>((value) => typeof value === 'object' && value !== null, 'must be an object').optional(),
    maxHoldMs: positiveMs.optional(),
    warningMs: positiveMs.optional(),
    onQueued: z.custom<(position: number) => void>((value) => typeof value === 'function', 'must be a function').optional(),
    deadlock: deadlockDetection.optional(),
  })
  .refine(({ maxHoldMs, warningMs }) => warningMs === undefined || warningMs < (maxHoldMs ?? 0), {
    path: ['warningMs'],
    error: 'must be less than maxHoldMs',
  });
