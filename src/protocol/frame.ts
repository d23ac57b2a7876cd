import { ProtocolError } from '../errors/connection.ts';

const lengthBytes = 4;

/** Nothing is wrong with the frame, but that it is larger than its reader takes. */
export class FrameTooLargeError extends ProtocolError {
  readonly sizeBytes: number;
  readonly limitBytes: number;

  constructor(sizeBytes: number, limitBytes: number) {
    super('frame', 'length', `${sizeBytes} bytes, and the limit is ${limitBytes}`);
    this.sizeBytes = sizeBytes;
    this.limitBytes = limitBytes;
  }
}

/**
 * Cuts a stream of bytes, however TCP has split it, into frames: a 4-byte length and as many bytes.
 * A frame that lies within one chunk is a view on it; only one that spans chunks is copied, once.
 */
export class FrameReader {
  readonly #maxBytes: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Bytes the pending frame takes, its length field included; that field's size until it is known. */
  #wanted = lengthBytes;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Calls `onFrame` with every frame that `chunk` completes, in order.
   *
   * @throws {ProtocolError} a length that is negative or larger than the limit
   */
  push(chunk: Buffer, onFrame: (frame: Buffer) => void): void {
    let rest = chunk;
    while (this.#pendingBytes > 0) {
      const taken = rest.subarray(0, this.#wanted - this.#pendingBytes);
      this.#keep(taken);
      rest = rest.subarray(taken.length);
      if (this.#pendingBytes < this.#wanted) return;
      const whole = Buffer.concat(this.#pending);
      if (this.#wanted === lengthBytes) {
        this.#wanted += this.#lengthAt(whole, 0);
        if (this.#wanted > lengthBytes) continue;
      }
      this.#reset();
      onFrame(whole.subarray(lengthBytes));
    }

    let offset = 0;
    while (rest.length - offset >= lengthBytes) {
      const end = offset + lengthBytes + this.#lengthAt(rest, offset);
      if (end > rest.length) {
        this.#wanted = end - offset;
        break;
      }
      const frame = rest.subarray(offset + lengthBytes, end);
      offset = end;
      onFrame(frame);
    }
    if (offset < rest.length) this.#keep(rest.subarray(offset));
  }

  #lengthAt(bytes: Buffer, offset: number): number {
    const length = bytes.readInt32BE(offset);
    if (length > this.#maxBytes) throw new FrameTooLargeError(length, this.#maxBytes);
    if (length < 0) throw new ProtocolError('frame', 'length', `${length} bytes, and the limit is ${this.#maxBytes}`);
    return length;
  }

  #keep(piece: Buffer): void {
    this.#pending.push(piece);
    this.#pendingBytes += piece.length;
  }

  #reset(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#wanted = lengthBytes;
  }
}
