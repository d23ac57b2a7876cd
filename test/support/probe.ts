import type { Observable, Subscription } from 'rxjs';

/** Subscribes, and hands over one value after the other as the test asks for them. */
export class Probe<T> implements Disposable {
  readonly #subscription: Subscription;
  readonly #values: T[] = [];
  #end: { readonly error: Error } | undefined;
  #wake: (() => void) | undefined;

  constructor(source$: Observable<T>) {
    this.#subscription = source$.subscribe({
      next: (value) => {
        this.#values.push(value);
        this.#wake?.();
      },
      error: (error: unknown) => {
        this.#finish(error instanceof Error ? error : new Error('the source has failed', { cause: error }));
      },
      complete: () => this.#finish(new Error('the source has completed')),
    });
  }

  /** The next value, waiting for it. Rejects with the source's error. */
  async next(): Promise<T> {
    for (;;) {
      const [value] = this.#values.splice(0, 1);
      if (value !== undefined) return value;
      if (this.#end !== undefined) throw this.#end.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits for the value that `matches`, leaving out those before it. */
  async until(matches: (value: T) => boolean): Promise<T> {
    for (;;) {
      const value = await this.next();
      if (matches(value)) return value;
    }
  }

  /** What has come and was not asked for. */
  get rest(): readonly T[] {
    return this.#values;
  }

  [Symbol.dispose](): void {
    this.#subscription.unsubscribe();
  }

  #finish(error: Error): void {
    this.#end = { error };
    this.#wake?.();
  }
}
