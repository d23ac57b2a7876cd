import type { Client, Codec } from '../../src/index.ts';
import type { BacklogWatcher } from './backlog-watcher.ts';

/** One queue, as all consumers of one queue object know it. */
export interface QueueContext<T> {
  readonly client: Client;
  readonly path: string;
  readonly lockPath: string;
  readonly deadLetterPath: string;
  readonly codec: Codec<T>;
  readonly maxDeliveries: number;
  readonly backlog: BacklogWatcher;
  /** What our claims have as their data. */
  readonly claimData: Uint8Array;
}
