/**
 * Something that ends once, for a reason, such as a session or a call. Like an `AbortSignal`, but cheap to make and to listen to however many listen:
 * every request has one, and thousands hang on one session.
 */
export interface Ending {
  /** Why it has ended; undefined while it has not. */
  readonly over: { readonly reason: unknown } | undefined;
  /** Calls `action` once when it ends, at once if it already has. Returns the way to stop listening. */
  whenOver(action: (reason: unknown) => void): () => void;
}

export class Ender implements Ending {
  readonly #listeners = new Set<(reason: unknown) => void>();
  #over: { readonly reason: unknown } | undefined;

  get over(): { readonly reason: unknown } | undefined {
    return this.#over;
  }

  whenOver(action: (reason: unknown) => void): () => void {
    if (this.#over !== undefined) {
      action(this.#over.reason);
      return () => {};
    }
    // A function of its own, so that one action given twice counts twice.
    const listener = (reason: unknown) => action(reason);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  end(reason: unknown): void {
    if (this.#over !== undefined) return;
    this.#over = { reason };
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(reason);
  }
}
