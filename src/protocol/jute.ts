import { ProtocolError } from '../errors/connection.ts';

// An idle session writes some bytes now and then, and there may be a thousand of them.
const smallestSegmentBytes = 4 * 1024;
// Large enough that most ticks' requests share one allocation, small enough not to be kept for long by a slow socket.
const largestSegmentBytes = 64 * 1024;

/**
 * Writes jute's primitives, big-endian, into memory that many frames share: a frame costs no allocation of its own.
 * What `take` has handed out is never written to again.
 *
 * @see ZooKeeper `BinaryOutputArchive`
 */
export class JuteWriter {
  #segmentBytes = smallestSegmentBytes;
  #segment: Buffer = Buffer.allocUnsafeSlow(smallestSegmentBytes);
  /** Where what has not been taken begins. */
  #taken = 0;
  #offset = 0;
  #frame = -1;
  readonly #full: Buffer[] = [];

  int(value: number): void {
    this.#ensure(4);
    this.#offset = this.#segment.writeInt32BE(value, this.#offset);
  }

  long(value: bigint): void {
    this.#ensure(8);
    this.#offset = this.#segment.writeBigInt64BE(value, this.#offset);
  }

  bool(value: boolean): void {
    this.#ensure(1);
    this.#segment[this.#offset] = value ? 1 : 0;
    this.#offset += 1;
  }

  /** UTF-8, behind its length. `null` is length -1. A surrogate without its other half, which UTF-8 has no bytes for, goes as U+FFFD. */
  string(value: string | null): void {
    if (value === null) return this.int(-1);
    // A UTF-16 unit takes three bytes at most; characters beyond U+FFFF take four, and are two units.
    this.#ensure(4 + value.length * 3);
    const written = this.#segment.write(value, this.#offset + 4, 'utf8');
    this.#segment.writeInt32BE(written, this.#offset);
    this.#offset += 4 + written;
  }

  /** Bytes, behind their length. `null` is length -1. */
  bytes(value: Uint8Array | null): void {
    if (value === null) return this.int(-1);
    this.#ensure(4 + value.length);
    this.#offset = this.#segment.writeInt32BE(value.length, this.#offset);
    this.#segment.set(value, this.#offset);
    this.#offset += value.length;
  }

  /** Leaves room for the frame's length, which `endFrame` fills in. */
  beginFrame(): void {
    this.#ensure(4);
    this.#frame = this.#offset;
    this.#offset += 4;
  }

  /** Length of the frame begun last, without its length field. */
  get frameBytes(): number {
    return this.#offset - this.#frame - 4;
  }

  endFrame(): void {
    this.#segment.writeInt32BE(this.frameBytes, this.#frame);
    this.#frame = -1;
  }

  /** Forgets the frame begun last. */
  dropFrame(): void {
    this.#offset = this.#frame;
    this.#frame = -1;
  }

  /** All that was written since the last call, in order, but for a frame that has not been ended. */
  take(): readonly Buffer[] {
    const taken = this.#full.splice(0);
    const end = this.#frame >= 0 ? this.#frame : this.#offset;
    if (end > this.#taken) taken.push(this.#segment.subarray(this.#taken, end));
    this.#taken = end;
    return taken;
  }

  /** Makes room in the present segment, or moves the frame being written to a new one: a frame is never split. */
  #ensure(size: number): void {
    if (this.#offset + size <= this.#segment.length) return;
    const start = this.#frame >= 0 ? this.#frame : this.#offset;
    const moved = this.#offset - start;
    const isOneTicksWork = this.#taken === 0 || this.#full.length > 0;
    if (isOneTicksWork) this.#segmentBytes = Math.min(this.#segmentBytes * 4, largestSegmentBytes);
    const next = Buffer.allocUnsafeSlow(Math.max(this.#segmentBytes, (moved + size) * 2));
    this.#segment.copy(next, 0, start, this.#offset);
    if (start > this.#taken) this.#full.push(this.#segment.subarray(this.#taken, start));
    this.#segment = next;
    this.#taken = 0;
    this.#frame = this.#frame >= 0 ? 0 : -1;
    this.#offset = moved;
  }
}

/**
 * Reads jute's primitives from one frame, and never past its end. Bytes come as views on the frame, not as copies.
 *
 * @see ZooKeeper `BinaryInputArchive`
 */
export class JuteReader {
  readonly #frame: Buffer;
  #offset = 0;

  constructor(frame: Buffer) {
    this.#frame = frame;
  }

  get left(): number {
    return this.#frame.length - this.#offset;
  }

  int(): number {
    return this.#frame.readInt32BE(this.#advance(4));
  }

  long(): bigint {
    return this.#frame.readBigInt64BE(this.#advance(8));
  }

  /** As in Java, every byte but 0 is true. */
  bool(): boolean {
    return this.#frame[this.#advance(1)] !== 0;
  }

  /** What is not UTF-8 becomes U+FFFD, as in Java, whose own writer sends surrogates one by one. */
  string(): string | null {
    const length = this.#length();
    if (length === -1) return null;
    const start = this.#advance(length);
    return this.#frame.toString('utf8', start, start + length);
  }

  bytes(): Buffer | null {
    const length = this.#length();
    if (length === -1) return null;
    const start = this.#advance(length);
    return this.#frame.subarray(start, start + length);
  }

  /** The number of elements of a vector. Each takes a byte at least, so a count beyond what is left is refused before anything is built. */
  count(): number {
    const count = this.#length();
    if (count > this.left) throw this.#malformed(`a vector of ${count} elements in ${this.left} bytes`);
    return Math.max(0, count);
  }

  /** Throws unless the frame has been read to its end. */
  end(): void {
    if (this.left > 0) throw this.#malformed(`${this.left} bytes too many`);
  }

  #length(): number {
    const length = this.int();
    if (length < -1) throw this.#malformed(`a length of ${length}`);
    return length;
  }

  #advance(size: number): number {
    const start = this.#offset;
    if (size > this.left) throw this.#malformed(`${size} bytes wanted at byte ${start}, ${this.left} left`);
    this.#offset = start + size;
    return start;
  }

  #malformed(problem: string): ProtocolError {
    return new ProtocolError('frame', '', problem);
  }
}
