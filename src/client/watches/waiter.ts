/**
 * Somebody who waits for the next change of a znode: first asks for its state, setting a watch with the question, then waits to be woken.
 */
export class Waiter {
  /** Whether the question must set a one-shot watch; else a persistent one tells. */
  readonly needsWatch: boolean;
  #state: 'asking' | 'told while asking' | 'waiting' | 'woken' = 'asking';
  #wake: (() => void) | undefined;

  constructor(needsWatch: boolean) {
    this.needsWatch = needsWatch;
  }

  get isAsking(): boolean {
    return this.#state === 'asking' || this.#state === 'told while asking';
  }

  /** The question is answered: from now on it can be woken. Calls `wake` when it is, at once if something happened while it was asking. */
  whenWoken(wake: () => void): () => void {
    if (this.#state === 'told while asking' || this.#state === 'woken') {
      this.#state = 'woken';
      wake();
      return () => {};
    }
    this.#state = 'waiting';
    this.#wake = wake;
    return () => {
      this.#wake = undefined;
    };
  }

  /** Its znode has changed. While it is still asking nobody knows whether the answer is from before or after that: it will look again. */
  told(): void {
    if (this.#state === 'asking') this.#state = 'told while asking';
    else this.missed();
  }

  /** Its znode may have changed unseen. Does not concern one that is asking: its question goes out anew. */
  missed(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'woken';
    this.#wake?.();
  }
}
