import { distinctUntilChanged, Observable } from 'rxjs';
import type { Client } from '../../src/index.ts';
import { completeOnClose } from '../common/closing.ts';
import { inAnySession } from '../common/in-any-session.ts';
import { Wakeup } from '../common/wakeup.ts';

/** How many children a znode has, and each newer number. The server counts them, so that it costs the same however many there are. */
export function depthOf(client: Client, path: string): Observable<number> {
  const depth$ = new Observable<number>((subscriber) => {
    const interest = new AbortController();
    const { signal } = interest;
    const wakeup = new Wakeup();
    const watching = client.watch(path).subscribe({
      next: () => wakeup.notify(),
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
    const follow = async () => {
      while (!subscriber.closed) {
        wakeup.reset();
        subscriber.next(await inAnySession(client, signal, async () => (await client.exists(path, { signal }))?.numChildren ?? 0));
        await wakeup.wait(client.clock, undefined, signal);
      }
    };
    // Once nobody listens any more this is nobody's error.
    follow().catch((error: unknown) => subscriber.error(error));
    return () => {
      watching.unsubscribe();
      interest.abort();
    };
  });
  return depth$.pipe(completeOnClose(client), distinctUntilChanged());
}
