import { z } from 'zod';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';

/** Bounds of a read, and how fresh it has to be. */
export interface ReadOptions extends WaitOptions {
  /** The value as the leader has it now, instead of as our server has it, which may lag behind the changes of others. Default: false. */
  readonly sync?: boolean | undefined;
}

export const readOptions = waitOptions.extend({ sync: z.boolean('must be true or false').default(false) });
