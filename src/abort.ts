import { firstValueFrom, Observable, takeUntil } from 'rxjs';

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;

/**
 * Calls `action` once when `signal` aborts, at once if it already has. Returns the way to stop listening.
 *
 * `AbortSignal.any` is not used: on Node 20 to 24 the combined signal stays linked to a long-lived source
 * (a shutdown signal, say) for as long as that lives (nodejs/node#55351, #64476).
 */
export function whenAborted(signal: AbortSignal, action: (reason: unknown) => void): () => void {
  if (signal.aborted) {
    action(signal.reason);
    return () => {};
  }
  const listener = () => action(signal.reason);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
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
