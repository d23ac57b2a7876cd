import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FrameReader } from '../../../src/protocol/frame.ts';

const maxBytes = 1 << 20;

/** Bodies as one stream of frames. */
function streamOf(bodies: readonly Buffer[]): Buffer {
  return Buffer.concat(
    bodies.flatMap((body) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(body.length);
      return [length, body];
    }),
  );
}

/** What a new reader makes of the chunks. */
function framesOf(chunks: readonly Buffer[]): readonly string[] {
  const reader = new FrameReader(maxBytes);
  const frames: string[] = [];
  for (const chunk of chunks) reader.push(chunk, (frame) => frames.push(frame.toString('latin1')));
  return frames;
}

const bodies = ['hello', '', 'x', 'a longer one', '', 'end'];
const stream = streamOf(bodies.map((body) => Buffer.from(body)));

test('one byte at a time gives the same frames as all at once', () => {
  expect(framesOf([stream])).toEqual(bodies);
  expect(framesOf(Array.from(stream, (byte) => Buffer.from([byte])))).toEqual(bodies);
});

test('every pair of split positions gives the same frames, empty chunks included', () => {
  for (let first = 0; first <= stream.length; first += 1) {
    for (let second = first; second <= stream.length; second += 1) {
      expect(framesOf([stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)])).toEqual(bodies);
    }
  }
});

test('any frames in any chunks are the same frames', () => {
  const frames = fc.array(fc.string({ maxLength: 30 }), { maxLength: 12 });
  fc.assert(
    fc.property(frames, fc.array(fc.nat({ max: 400 }), { maxLength: 12 }), (list, cuts) => {
      const bytes = streamOf(list.map((body) => Buffer.from(body, 'latin1')));
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      expect(framesOf(chunks)).toEqual(list.map((body) => Buffer.from(body, 'latin1').toString('latin1')));
    }),
  );
});

test('a frame is handed over as soon as its last byte is there', () => {
  const reader = new FrameReader(maxBytes);
  const frames: string[] = [];
  for (const [index, byte] of stream.entries()) {
    reader.push(Buffer.from([byte]), (frame) => frames.push(frame.toString()));
    expect(frames).toEqual(framesOf([stream.subarray(0, index + 1)]));
  }
});

describe('copies', () => {
  afterEach(() => vi.restoreAllMocks());

  /** Bytes that went through `Buffer.concat`, the one way in which the reader copies. */
  function countCopies(): () => number {
    const concat = vi.spyOn(Buffer, 'concat');
    return () => concat.mock.results.reduce((sum, { value }) => sum + (value instanceof Buffer ? value.length : 0), 0);
  }

  test.each([1, 7, 1_000, 65_536])('a frame of 300,000 bytes in chunks of %i is copied once, its length at most twice', (chunkBytes) => {
    const bytes = streamOf([Buffer.alloc(300_000, 1)]);
    const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, i) =>
      bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes),
    );
    const copied = countCopies();
    expect(framesOf(chunks)).toHaveLength(1);
    expect(copied()).toBeGreaterThanOrEqual(bytes.length);
    expect(copied()).toBeLessThanOrEqual(bytes.length + 4);
  });

  test('frames within one chunk are views on it', () => {
    const bytes = streamOf(Array.from({ length: 1_000 }, () => Buffer.alloc(50, 1)));
    const copied = countCopies();
    const frames: Buffer[] = [];
    new FrameReader(maxBytes).push(bytes, (frame) => frames.push(frame));
    expect(frames).toHaveLength(1_000);
    expect(copied()).toBe(0);
    expect(frames.filter(({ buffer }) => buffer !== bytes.buffer)).toEqual([]);
  });

  test('of a chunk with many frames only the one that spans its end is copied', () => {
    const bytes = streamOf(Array.from({ length: 1_000 }, () => Buffer.alloc(50, 1)));
    const copied = countCopies();
    expect(framesOf([bytes.subarray(0, 54_000 - 60), bytes.subarray(54_000 - 60)])).toHaveLength(1_000);
    expect(copied()).toBeLessThanOrEqual(54 + 4);
  });
});

describe('lengths', () => {
  const at = (length: string) => Buffer.from(length, 'hex');

  test.each([
    ['ffffffff', '-1 bytes, and the limit is 1048576'],
    ['80000000', '-2147483648 bytes, and the limit is 1048576'],
    ['00100001', '1048577 bytes, and the limit is 1048576'],
    ['7fffffff', '2147483647 bytes, and the limit is 1048576'],
    ['48545450', '1213486160 bytes, and the limit is 1048576'], // "HTTP"
  ])('%s is refused as soon as it is known, whole or in pieces', (length, problem) => {
    for (let cut = 0; cut <= 4; cut += 1) {
      const chunks = [at(length).subarray(0, cut), at(length).subarray(cut)];
      expect(() => framesOf(chunks)).toThrow(expect.objectContaining({ name: 'ProtocolError', record: 'frame', field: 'length', problem }));
    }
  });

  test('the limit itself is taken', () => {
    expect(framesOf([streamOf([Buffer.alloc(maxBytes)])])).toHaveLength(1);
  });

  test('the frames before a bad length are handed over', () => {
    const frames: string[] = [];
    const chunk = Buffer.concat([streamOf([Buffer.from('good')]), at('ffffffff')]);
    expect(() => new FrameReader(maxBytes).push(chunk, (frame) => frames.push(frame.toString()))).toThrow('-1 bytes');
    expect(frames).toEqual(['good']);
  });
});
