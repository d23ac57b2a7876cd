import { JuteWriter } from '../../src/protocol/jute.ts';
import type { Codec } from '../../src/protocol/record.ts';

/** The bytes of one value, without a frame's length. */
export function encode<T>(codec: Codec<T>, value: T): Buffer {
  const out = new JuteWriter();
  codec.write(out, value);
  return Buffer.concat(out.take());
}
