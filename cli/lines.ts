import type { Readable } from 'node:stream';

const lineFeed = 0x0a;

/** The lines of `stream` as bytes, without their ends: those that came together, together. The last one may lack its end. */
export async function* linesOf(stream: Readable): AsyncGenerator<readonly Buffer[]> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, Buffer.from(chunk)]);
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = rest.indexOf(lineFeed); end !== -1; end = rest.indexOf(lineFeed, from)) {
      lines.push(rest.subarray(from, end));
      from = end + 1;
    }
    rest = rest.subarray(from);
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) yield [rest];
}
