import { inPieces } from '../pieces.ts';
import type { Outgoing, Sender } from './sender.ts';

/** A put that is about to leave. */
interface Leaving extends Outgoing {
  readonly prefix: string;
  readonly resolve: (name: string) => void;
  readonly reject: (error: unknown) => void;
}

const unbounded = () => ({});

/**
 * Lets puts that come together leave together: all of one tick in one transaction, in their order. Each of them is told of its own item; what is refused is
 * refused to all of a transaction.
 */
export class Combining {
  readonly #sender: Sender;
  #leaving: Leaving[] = [];

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** Resolves with the name of the item's znode. */
  put(prefix: string, { mark, data }: Outgoing): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#leaving.length === 0) queueMicrotask(() => this.#leave());
      this.#leaving.push({ prefix, mark, data, resolve, reject });
    });
  }

  #leave(): void {
    const leaving = this.#leaving;
    this.#leaving = [];
    for (const piece of runsOf(leaving).flatMap((run) => inPieces(run))) {
      // It never rejects: those who put are told.
      void this.#send(piece);
    }
  }

  async #send(piece: readonly Leaving[]): Promise<void> {
    const [first] = piece;
    if (first === undefined) return;
    try {
      const { prefix } = first;
      const names =
        piece.length === 1 ? [await this.#sender.send(prefix, first, unbounded)] : await this.#sender.sendAtOnce(prefix, piece, unbounded);
      for (const [index, { resolve }] of piece.entries()) resolve(names[index] ?? '');
    } catch (error) {
      for (const { reject } of piece) reject(error);
    }
  }
}

/** Those after each other whose names begin in the same way. */
function runsOf(leaving: readonly Leaving[]): readonly (readonly Leaving[])[] {
  const runs: Leaving[][] = [];
  for (const put of leaving) {
    const run = runs.at(-1);
    if (run?.[0]?.prefix === put.prefix) run.push(put);
    else runs.push([put]);
  }
  return runs;
}
