import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodeZnode, text } from '../../src/codec.ts';
import { MalformedDataError } from '../../src/errors/recipes/foreign-data.ts';
import { gzip } from '../../src/gzip.ts';

test('what is compressed is gzip, and is read back', () => {
  const data = gzip(text).encode('x'.repeat(10_000));
  expect(data.length).toBeLessThan(100);
  expect(gunzipSync(data).toString()).toBe('x'.repeat(10_000));
  expect(decodeZnode('/n', gzip(text), Buffer.from(data))).toBe('x'.repeat(10_000));
});

test('what is not compressed, cut short, or inflates beyond the limit is refused with the path', () => {
  const data = Buffer.from(gzip(text).encode('x'.repeat(10_000)));
  const limited = gzip(text, { maxBytes: 9_999 });
  for (const [codec, bad] of [
    [gzip(text), Buffer.from('plain')],
    [gzip(text), data.subarray(0, 20)],
    [limited, data],
  ] as const) {
    expect(() => decodeZnode('/n', codec, bad)).toThrow(MalformedDataError);
  }
});
