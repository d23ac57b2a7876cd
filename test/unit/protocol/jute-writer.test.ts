import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JuteWriter } from '../../../src/protocol/jute.ts';
import { int32, int64 } from './arbitraries.ts';

/** Of a writer's first. */
const segmentBytes = 4 * 1024;
/** Of one that has much to write. */
const largestSegmentBytes = 64 * 1024;

/** What the writer must have written, the slow and sure way; and that what was taken stays as it was. */
class Oracle {
  readonly #taken: { readonly chunk: Buffer; readonly copy: Buffer }[] = [];
  readonly #frames: { readonly start: number; readonly end: number }[] = [];
  #expected = Buffer.alloc(0);
  #frame = -1;

  write(bytes: Buffer): void {
    this.#expected = Buffer.concat([this.#expected, bytes]);
  }

  begin(): void {
    this.#frame = this.#expected.length;
    this.write(Buffer.alloc(4));
  }

  end(): void {
    this.#expected.writeInt32BE(this.#expected.length - this.#frame - 4, this.#frame);
    this.#frames.push({ start: this.#frame, end: this.#expected.length });
    this.#frame = -1;
  }

  drop(): void {
    this.#expected = this.#expected.subarray(0, this.#frame);
    this.#frame = -1;
  }

  takes(chunks: readonly Buffer[]): void {
    for (const chunk of chunks) this.#taken.push({ chunk, copy: Buffer.from(chunk) });
  }

  check(): void {
    for (const { chunk, copy } of this.#taken) expect(chunk.equals(copy), 'what was handed out is never written to again').toBe(true);
    const all = Buffer.concat(this.#taken.map(({ chunk }) => chunk));
    const complete = this.#frame === -1 ? this.#expected : this.#expected.subarray(0, this.#frame);
    expect(all.length).toBe(complete.length);
    expect(all.equals(complete)).toBe(true);
    const cuts = this.#cuts();
    const split = this.#frames.filter(({ start, end }) => cuts.some((cut) => cut > start && cut < end));
    expect(split, 'a frame is never split').toEqual([]);
  }

  #cuts(): readonly number[] {
    let at = 0;
    return this.#taken.map(({ chunk }) => {
      at += chunk.length;
      return at;
    });
  }
}

type Piece =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'long'; readonly value: bigint }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string | null }
  | { readonly kind: 'bytes'; readonly size: number | null };

type Framing = 'begin' | 'end' | 'drop';
type Step = Piece | { readonly kind: Framing } | { readonly kind: 'take' };

const sizes = fc.oneof(
  fc.nat({ max: 300 }),
  fc.constantFrom(segmentBytes - 4, segmentBytes - 3, segmentBytes, largestSegmentBytes),
  fc.nat({ max: 3 * largestSegmentBytes }),
);
const texts = fc
  .tuple(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom(1, 1, 1, 500, 9_000))
  .map(([text, times]) => text.repeat(times));

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('int' as const), value: int32 }),
  fc.record({ kind: fc.constant('long' as const), value: int64 }),
  fc.record({ kind: fc.constant('bool' as const), value: fc.boolean() }),
  fc.record({ kind: fc.constant('string' as const), value: fc.option(texts) }),
  fc.record({ kind: fc.constant('bytes' as const), size: fc.option(sizes) }),
  fc.record({ kind: fc.constantFrom('begin' as const, 'end' as const, 'drop' as const) }),
  fc.record({ kind: fc.constant('take' as const) }),
);

function lengthThen(bytes: Buffer | null): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes?.length ?? -1);
  return Buffer.concat([length, bytes ?? Buffer.alloc(0)]);
}

/** Writes to both. */
function writePiece(out: JuteWriter, oracle: Oracle, piece: Piece): void {
  const fixed = Buffer.alloc(8);
  switch (piece.kind) {
    case 'int':
      fixed.writeInt32BE(piece.value);
      out.int(piece.value);
      return oracle.write(fixed.subarray(0, 4));
    case 'long':
      fixed.writeBigInt64BE(piece.value);
      out.long(piece.value);
      return oracle.write(fixed);
    case 'bool':
      out.bool(piece.value);
      return oracle.write(Buffer.from([piece.value ? 1 : 0]));
    case 'string':
      out.string(piece.value);
      return oracle.write(lengthThen(piece.value === null ? null : Buffer.from(piece.value)));
    case 'bytes': {
      const bytes = piece.size === null ? null : Buffer.alloc(piece.size, piece.size % 251);
      out.bytes(bytes);
      return oracle.write(lengthThen(bytes));
    }
  }
}

function isFraming(step: Step): step is { readonly kind: Framing } {
  return step.kind === 'begin' || step.kind === 'end' || step.kind === 'drop';
}

function frameBoth(out: JuteWriter, oracle: Oracle, kind: Framing): void {
  switch (kind) {
    case 'begin':
      out.beginFrame();
      return oracle.begin();
    case 'end':
      out.endFrame();
      return oracle.end();
    case 'drop':
      out.dropFrame();
      return oracle.drop();
  }
}

test('whatever is written, in frames and out of them, comes out in order, whole, and is not touched again', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 40 }), (list) => {
      const out = new JuteWriter();
      const oracle = new Oracle();
      let inFrame = false;
      for (const step of list) {
        if (step.kind === 'take') oracle.takes(out.take());
        else if (!isFraming(step)) writePiece(out, oracle, step);
        else if (inFrame === (step.kind !== 'begin')) {
          inFrame = !inFrame;
          frameBoth(out, oracle, step.kind);
        }
      }
      oracle.takes(out.take());
      oracle.check();
    }),
    { numRuns: 200 },
  );
});

describe('frames and segments', () => {
  function frame(out: JuteWriter, size: number, fill = 7): void {
    out.beginFrame();
    out.bytes(Buffer.alloc(size, fill));
    out.endFrame();
  }

  test('a frame that does not fit moves to the next segment whole', () => {
    const out = new JuteWriter();
    frame(out, segmentBytes - 100);
    frame(out, 200, 8);
    const chunks = out.take();
    expect(chunks.map(({ length }) => length)).toEqual([segmentBytes - 92, 208]);
    expect(chunks[1]?.readInt32BE(0)).toBe(204);
  });

  test('a frame larger than a segment is one chunk', () => {
    const out = new JuteWriter();
    frame(out, 5 * segmentBytes);
    expect(out.take().map(({ length }) => length)).toEqual([5 * segmentBytes + 8]);
  });

  test('many small frames share few chunks, fewer when there is often much to write', () => {
    const out = new JuteWriter();
    const burst = () => {
      for (let i = 0; i < 1_000; i += 1) frame(out, 10);
      return out.take();
    };
    expect(burst().length).toBeLessThanOrEqual(3);
    expect(burst().length).toBeLessThanOrEqual(2);
  });

  test('a writer that never has much to write keeps its segments small', () => {
    const out = new JuteWriter();
    for (let i = 0; i < 1_000; i += 1) {
      frame(out, 10);
      expect(out.take()[0]?.buffer.byteLength).toBe(segmentBytes);
    }
  });

  test('there is nothing to take twice', () => {
    const out = new JuteWriter();
    frame(out, 10);
    out.take();
    expect(out.take()).toEqual([]);
  });

  test('a frame that is not ended stays behind, also when it outgrows its segment later', () => {
    const out = new JuteWriter();
    frame(out, 10, 1);
    out.beginFrame();
    out.int(5);
    expect(out.take().map(({ length }) => length)).toEqual([18]);
    out.bytes(Buffer.alloc(segmentBytes, 2));
    expect(out.take()).toEqual([]);
    out.endFrame();
    const [whole] = out.take();
    expect(whole?.readInt32BE(0)).toBe(4 + 4 + segmentBytes);
    expect(whole?.readInt32BE(4)).toBe(5);
  });

  test('a dropped frame leaves no trace, also when it had moved to a new segment', () => {
    const out = new JuteWriter();
    frame(out, segmentBytes - 100, 1);
    out.beginFrame();
    out.bytes(Buffer.alloc(2 * segmentBytes, 2));
    expect(out.frameBytes).toBe(2 * segmentBytes + 4);
    out.dropFrame();
    frame(out, 1, 3);
    expect(
      Buffer.concat(out.take())
        .subarray(segmentBytes - 92)
        .toString('hex'),
    ).toBe('000000050000000103');
  });

  test.each(['aaa', 'ééé', '€€€', '😀😀😀'])('%s fits whole, however little is left of the segment', (text) => {
    const bytes = Buffer.from(text);
    for (let spare = 0; spare < 30; spare += 1) {
      const out = new JuteWriter();
      out.bytes(Buffer.alloc(segmentBytes - 4 - spare));
      out.string(text);
      expect(
        Buffer.concat(out.take())
          .subarray(segmentBytes - spare)
          .equals(lengthThen(bytes)),
      ).toBe(true);
    }
  });
});
