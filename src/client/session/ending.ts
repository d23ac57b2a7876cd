/**
 * Something that ends once, for a reason, such as a session or a client. Like an `AbortSignal`, but listening costs the same however many listen:
 * the time that an `AbortSignal` takes to add or remove a listener grows with their number, and thousands of calls hang on one session.
 */
export interface Ending {
  /** Calls `action` once when it ends, at once if it already has. Returns the way to stop listening. */
  whenOver(action: (reason: unknown) => void): () => void;
}

export class Ender implements Ending {
  readonly #listeners = new Set<(reason: unknown) => void>();
  #over: { readonly reason: unknown } | undefined;

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
