import { z } from 'zod';
import { type Client, int32, parseOptions, validatePath } from '../../src/index.ts';
import { SharedValue } from './shared-value.ts';

export interface SharedCountOptions {
  /** What the znode gets if it is not there; an integer of 32 bits. Default: 0. */
  readonly seed?: number | undefined;
}

const countOptions = z.strictObject({ seed: z.int32('must be an integer of 32 bits').default(0) });

/**
 * An integer of 32 bits that many processes see and change, such as the number of a semaphore's leases. For counting there is `AtomicLong`.
 *
 * @see Curator `SharedCount`: same znode
 */
export class SharedCount extends SharedValue<number> {
  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: SharedCountOptions = {}) {
    validatePath(path, 'SharedCount.path');
    const { seed } = parseOptions(countOptions, options, 'SharedCount.options');
    super(client, path, { codec: int32, seed });
  }
}
