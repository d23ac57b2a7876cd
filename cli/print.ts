import type { Writable } from 'node:stream';

/** Who read our standard output has gone (EPIPE), so that there is nothing left to do. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** A result, as people and as programs read it. */
export interface Result {
  /** For people; lines end in a line break. */
  readonly text: string | Uint8Array;
  /** For programs; what does not fit a JSON number is a string. */
  readonly json: JsonObject;
}

/** Writes results to standard output: as text, or as JSON Lines. */
export class Printer {
  readonly json: boolean;
  readonly #stdout: Writable;

  constructor(stdout: Writable, json: boolean) {
    this.#stdout = stdout;
    this.json = json;
  }

  /**
   * Writes one result. Resolves when written.
   *
   * @throws {OutputClosedError} nobody reads any more
   */
  print({ text, json }: Result): Promise<void> {
    return this.#write(this.json ? jsonLine(json) : text);
  }

  /**
   * Writes many results: one text for all, or a line for each. Resolves when written.
   *
   * @throws {OutputClosedError} nobody reads any more
   */
  printAll(text: string, objects: readonly JsonObject[]): Promise<void> {
    return this.#write(this.json ? objects.map(jsonLine).join('') : text);
  }

  #write(chunk: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stdout.write(chunk, (error) => {
        if (error) reject(isClosedPipe(error) ? new OutputClosedError(error.message, { cause: error }) : error);
        else resolve();
      });
    });
  }
}

function jsonLine(json: JsonObject): string {
  return `${JSON.stringify(json)}\n`;
}

function isClosedPipe(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED';
}
