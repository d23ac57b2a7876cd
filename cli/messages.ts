import type { Writable } from 'node:stream';
import { inspect } from 'node:util';
import type { Logger } from '../src/index.ts';

/** How much is said on standard error. */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

/** What the program has to say besides its results: on standard error, one line a message. */
export class Messages {
  readonly #stderr: Writable;
  readonly #verbosity: Verbosity;
  #lastNote = '';

  constructor(stderr: Writable, verbosity: Verbosity) {
    this.#stderr = stderr;
    this.#verbosity = verbosity;
  }

  /** Why the program ends. Always said, but not twice: it may have come as a note already. With `-q` without the hint. */
  error(message: string, hint?: string): void {
    if (message !== this.#lastNote) this.#write(message);
    if (hint !== undefined && this.#verbosity !== 'quiet') this.#stderr.write(`hint: ${hint}\n`);
  }

  /** What a person at the terminal would like to know. Not with `-q`. */
  note(message: string): void {
    if (this.#verbosity === 'quiet') return;
    this.#lastNote = message;
    this.#write(message);
  }

  /** What helps to find out what goes on. Only with `-v`. */
  detail(message: string): void {
    if (this.#verbosity === 'verbose') this.#write(message);
  }

  /** Takes what the client and the server log: warnings as notes, the rest as details. The facts are details too. */
  get logger(): Logger {
    const note = (facts: object, message: string) => this.note(this.#verbosity === 'verbose' ? withFacts(facts, message) : message);
    return { ...this.detailLogger, warn: note, error: note };
  }

  /** The same, but all as details: for logs that would be in the way of a story. */
  get detailLogger(): Logger {
    const detail = (facts: object, message: string) => this.detail(withFacts(facts, message));
    return { debug: detail, info: detail, warn: detail, error: detail };
  }

  #write(message: string): void {
    this.#stderr.write(`docent: ${message}\n`);
  }
}

function withFacts(facts: object, message: string): string {
  return Object.keys(facts).length === 0 ? message : `${message} ${inspect(facts, { breakLength: Infinity, depth: 3 })}`;
}
