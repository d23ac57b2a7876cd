import type { Client, Codec } from '../../../src/index.ts';
import type { Stock } from './stock.ts';

/** One queue, as all consumers of one queue object know it. */
export interface Site<T> {
  readonly client: Client;
  readonly path: string;
  readonly lockPath: string;
  readonly deadLetterPath: string;
  readonly codec: Codec<T>;
  readonly maxDeliveries: number;
  readonly stock: Stock;
  /** What our claims have as their data. */
  readonly claimant: Uint8Array;
}
