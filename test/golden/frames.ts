import { readFileSync } from 'node:fs';

/** One frame that a real peer has sent: its bytes, length included. */
export interface GoldenFrame {
  readonly name: string;
  /** Who sent it, and upon what. */
  readonly origin: string;
  readonly bytes: Buffer;
}

/** The frames of one `.hex` file of this folder, in their order. A paragraph is a frame, a line with `#` a comment. */
export function readFrames(file: string): readonly GoldenFrame[] {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8').replace(/^#.*\n/gm, '');
  return text
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => {
      const [title = '', ...hex] = paragraph.split('\n');
      const [name = '', origin = ''] = title.split(' | ');
      return { name, origin, bytes: Buffer.from(hex.join('').replaceAll(' ', ''), 'hex') };
    });
}
