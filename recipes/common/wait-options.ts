import { z } from 'zod';
import { abortSignal, positiveMs } from '../../src/index.ts';

/** Bounds of a wait. */
export interface WaitOptions {
  /** How long the whole call may take, in milliseconds. Default: for ever. */
  readonly timeoutMs?: number | undefined;
  /** Ends it when aborted. */
  readonly signal?: AbortSignal | undefined;
}

export const waitOptions = z.strictObject({
  timeoutMs: positiveMs.optional(),
  signal: abortSignal.optional(),
});
