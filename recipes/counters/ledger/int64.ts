import type { Codec } from '../../../src/index.ts';

/**
 * A signed big-endian integer of 8 bytes. A znode without data is 0.
 *
 * @see Curator `DistributedAtomicLong`
 */
export const int64: Codec<bigint> = {
  format: 'a signed big-endian integer of 8 bytes',
  encode(value) {
    const data = Buffer.alloc(8);
    data.writeBigInt64BE(value);
    return data;
  },
  decode(data) {
    if (data.length === 0) return 0n;
    if (data.length !== 8) throw new RangeError(`${data.length} bytes`);
    return data.readBigInt64BE();
  },
};
