import type { Readable } from 'node:stream';
import { whenAborted } from '../src/index.ts';

const lineFeed = 0x0a;

/**
 * The lines of `stream` as bytes, without their ends: those that came together, together. The last one may lack its end. A stream that stays silent is not
 * waited for when the signal aborts.
 *
 * @throws the signal's reason, when aborted
 */
export async function* linesOf(stream: Readable, signal: AbortSignal): AsyncGenerator<readonly Buffer[]> {
  const stopListening = whenAborted(signal, () => stream.destroy());
  try {
    yield* split(stream);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    stopListening();
  }
  signal.throwIfAborted();
}

async function* split(stream: Readable): AsyncGenerator<readonly Buffer[]> {
  /** Of a line whose end has not come yet. */
  let begun: Buffer[] = [];
  for await (const piece of stream as AsyncIterable<Uint8Array>) {
    const chunk = Buffer.from(piece);
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, from)) {
      lines.push(Buffer.concat([...begun, chunk.subarray(from, end)]));
      begun = [];
      from = end + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
    if (lines.length > 0) yield lines;
  }
  if (begun.length > 0) yield [Buffer.concat(begun)];
}
