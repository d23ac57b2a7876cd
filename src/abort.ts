import { firstValueFrom, Observable, takeUntil } from 'rxjs';

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;

// One listener a signal however many wait for it: Node warns of a leak from the eleventh on, and removing one of many takes long.
const waiting = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls `action` once when `signal` aborts, at once if it already has. Returns the way to stop listening.
 *
 * `AbortSignal.any` is not used: on Node 20 to 24 the combined signal stays linked to a long-lived source
 * (a shutdown signal, say) for as long as that lives (nodejs/node#55351, #64476).
 */
export function whenAborted(signal: AbortSignal, action: (reason: unknown) => void): () => void {
  if (signal === never) return () => {};
  if (signal.aborted) {
    action(signal.reason);
    return () => {};
  }
  let others = waiting.get(signal);
  if (others === undefined) {
    others = new Waiting(signal);
    waiting.set(signal, others);
  }
  return others.add(() => action(signal.reason));
}

/** Everybody who waits for one signal. */
class Waiting {
  readonly #signal: AbortSignal;
  readonly #actions = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(action: () => void): () => void {
    if (this.#actions.size === 0) this.#signal.addEventListener('abort', this, { once: true });
    this.#actions.add(action);
    return () => {
      if (this.#actions.delete(action) && this.#actions.size === 0) this.#signal.removeEventListener('abort', this);
    };
  }

  handleEvent(): void {
    const actions = [...this.#actions];
    this.#actions.clear();
    for (const action of actions) action();
  }
}

/**
 * The first value, or the signal's reason if that comes first. Leaves no listener behind either way.
 *
 * @throws rxjs's `EmptyError` if the source completes without a value
 */
export function first<T>(source$: Observable<T>, signal: AbortSignal): Promise<T> {
  const aborted$ = new Observable<never>((subscriber) => whenAborted(signal, (reason) => subscriber.error(reason)));
  return firstValueFrom(source$.pipe(takeUntil(aborted$)));
}
