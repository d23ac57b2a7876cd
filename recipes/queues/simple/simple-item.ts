import type { Stat } from '../../../src/index.ts';

/** An item as it was read. */
export interface SimpleItem {
  readonly name: string;
  readonly path: string;
  readonly data: Buffer;
  readonly stat: Stat;
}
