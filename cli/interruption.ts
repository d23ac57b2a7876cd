import type { Observable } from 'rxjs';
import { take } from 'rxjs';

/** Somebody asked this process to end. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

/** A signal that aborts, with an `InterruptedError`, when this process is first asked to end. Asked again, it ends at once. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #stop: () => void;

  constructor(signals$: Observable<NodeJS.Signals>) {
    const subscription = signals$.pipe(take(1)).subscribe((signal) => this.#controller.abort(new InterruptedError(signal)));
    this.#stop = () => subscription.unsubscribe();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}
