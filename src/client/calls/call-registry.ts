const atOnce = 250;

/** What is under way, so that closing can end it and wait for its end. */
export class CallRegistry<C extends { end(reason: unknown): void }> {
  readonly #calls = new Set<C>();
  #whenEmpty: (() => void)[] = [];

  get size(): number {
    return this.#calls.size;
  }

  add(call: C): void {
    this.#calls.add(call);
  }

  delete(call: C): void {
    this.#calls.delete(call);
    if (this.#calls.size > 0) return;
    const resolves = this.#whenEmpty;
    this.#whenEmpty = [];
    for (const resolve of resolves) resolve();
  }

  /** @param breathe lets others run in between, since thousands take long enough to be felt */
  async endAll(reasonFor: (call: C) => unknown, breathe: () => Promise<void>): Promise<void> {
    for (const [index, call] of [...this.#calls].entries()) {
      if (index % atOnce === atOnce - 1) await breathe();
      call.end(reasonFor(call));
    }
  }

  whenEmpty(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenEmpty.push(resolve));
  }
}
