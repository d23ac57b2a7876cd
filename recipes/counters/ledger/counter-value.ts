import { type Codec, int64 } from '../../../src/index.ts';

/**
 * What a counter has. One without data is 0.
 *
 * @see Curator `DistributedAtomicLong`
 */
export const counterValue: Codec<bigint> = {
  ...int64,
  decode: (data) => (data.length === 0 ? 0n : int64.decode(data)),
};
