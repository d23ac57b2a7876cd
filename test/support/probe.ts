import type { Observable, Subscription } from 'rxjs';

/** Subscribes, and hands over one value after the other as the test asks for them. */
export class Probe<T> implements Disposable {
  readonly #subscription: Subscription;
  readonly #values: T[] = [];
  #error: unknown;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(source$: Observable<T>) {
    this.#subscription = source$.subscribe({
      next: (value) => {
        this.#values.push(value);
        this.#wake?.();
      },
      error: (error: unknown) => {
        this.#error = error;
        this.#end();
      },
      complete: () => this.#end(),
    });
  }

  /** The next value, waiting for it. Rejects with the source's error. */
  async next(): Promise<T> {
    for (;;) {
      const [value] = this.#values.splice(0, 1);
      if (value !== undefined) return value;
      if (this.#error !== undefined) throw this.#error;
      if (this.#isOver) throw new Error('the source has completed');
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

  #end(): void {
    this.#isOver = true;
    this.#wake?.();
  }
}
