/** One line of the shared file: a holder begins or ends its turn. */
export interface Mark {
  readonly kind: 'begin' | 'end';
  readonly worker: string;
  readonly turn: number;
  readonly token: bigint;
}

/**
 * The marks in a shared file, in its order.
 *
 * @throws {Error} a line is not one mark: writers have got into each other's way
 */
export function marksIn(text: string): readonly Mark[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, kind, worker, turn, token] = /^(begin|end) (\S+) (\d+) (\d+)$/.exec(line) ?? [];
      if ((kind !== 'begin' && kind !== 'end') || worker === undefined || turn === undefined || token === undefined) {
        throw new Error(`the shared file has a mangled line: ${JSON.stringify(line)}`);
      }
      return { kind, worker, turn: Number(turn), token: BigInt(token) };
    });
}

/** Is every `begin` followed by its own `end`, with nobody else's mark in between? */
export function isWithoutInterleaving(marks: readonly Mark[]): boolean {
  if (marks.length % 2 !== 0) return false;
  return marks.every((mark, index) => {
    if (index % 2 === 1) return mark.kind === 'end';
    const end = marks[index + 1];
    return mark.kind === 'begin' && end?.worker === mark.worker && end.turn === mark.turn && end.token === mark.token;
  });
}

/** `[1 1] [2 2]`: worker 1's turn, then worker 2's; `[1 [2 1] 2]` if they were interleaved. */
export function pictureOf(marks: readonly Mark[]): string {
  return marks
    .map(({ kind, worker }) => {
      const number = worker.replace(/\D+/, '');
      return kind === 'begin' ? `[${number}` : `${number}]`;
    })
    .join(' ');
}

/** Does every value exceed the one before it? */
export function isGrowing(values: readonly (bigint | number)[]): boolean {
  return values.every((value, index) => {
    const before = values[index - 1];
    return before === undefined || value > before;
  });
}

/** The number that the server gave a znode's name when its owner got in line. The demo's lines are new, so it is not negative. */
export function sequenceOf(path: string): number {
  return Number(/\d{10}$/.exec(path)?.[0]);
}
