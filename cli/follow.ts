import { concatMap, type Observable } from 'rxjs';
import { whenAborted } from '../src/index.ts';
import type { Context } from './context.ts';

/**
 * Hands every value to `show`, one after the other, until interrupted, which is how following ends well, or until nobody reads any more.
 * Rejects with the error of the source or of `show`.
 */
export function follow<T>(
  { terminal }: Context,
  source$: Observable<T>,
  signal: AbortSignal,
  show: (value: T) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const subscription = source$.pipe(concatMap(show)).subscribe({ error: reject, complete: resolve });
    const end = () => {
      subscription.unsubscribe();
      resolve();
    };
    subscription.add(terminal.outputClosed$.subscribe(end));
    subscription.add(whenAborted(signal, end));
  });
}
