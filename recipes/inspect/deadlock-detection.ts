import { z } from 'zod';
import { positiveMs, validatePath } from '../../src/index.ts';

/** How a waiter looks whether it waits in vain. */
export interface DeadlockDetection {
  /** Locks at this path and below are looked at. Default: the parent of the lock. */
  readonly root?: string | undefined;
  /** How long to wait before the look, in milliseconds. Default: 1,000. */
  readonly afterMs?: number | undefined;
}

const detection = z.strictObject({
  root: z.string('must be a path').refine(isPath, 'must be a path').optional(),
  afterMs: positiveMs.default(1_000),
});

/** As options have it, read: `detect` stands for all defaults. */
export const deadlockDetection = z.preprocess((value) => (value === 'detect' ? {} : value), detection);

export type DeadlockTerms = z.output<typeof detection>;

function isPath(path: string): boolean {
  try {
    validatePath(path);
    return true;
  } catch {
    return false;
  }
}
