import { concatMap, type Observable } from 'rxjs';
import { whenAborted } from '../src/index.ts';

/**
 * Hands every value to `show`, one after the other, until interrupted, which is how following ends well.
 * Rejects with the error of the source or of `show`.
 */
export function follow<T>(source$: Observable<T>, signal: AbortSignal, show: (value: T) => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const subscription = source$.pipe(concatMap(show)).subscribe({ error: reject, complete: resolve });
    subscription.add(
      whenAborted(signal, () => {
        subscription.unsubscribe();
        resolve();
      }),
    );
  });
}
