import { gunzipSync, gzipSync } from 'node:zlib';
import type { Codec } from './codec.ts';

// What a server takes at most by default, sixteen times over.
const defaultMaxBytes = 16 * 1024 * 1024;

/**
 * The same values, compressed with gzip. In the process's own thread, since a znode is small: order is kept, and nobody waits for a worker.
 *
 * @param options `maxBytes`: what inflates to more is refused, lest a few bytes take all memory. Default: 16 MiB
 * @see Curator `GzipCompressionProvider`: what it writes for `compressed()`, and reads for `decompressed()`
 */
export function gzip<T>(codec: Codec<T>, { maxBytes = defaultMaxBytes }: { readonly maxBytes?: number } = {}): Codec<T> {
  return {
    format: `${codec.format}, compressed with gzip`,
    encode(value) {
      const data = codec.encode(value);
      if (data.length > maxBytes) throw new RangeError(`it takes ${data.length} bytes, and no more than ${maxBytes} would be inflated`);
      return gzipSync(data);
    },
    decode: (data) => codec.decode(gunzipSync(data, { maxOutputLength: maxBytes })),
  };
}
