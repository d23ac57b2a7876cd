import { Observable } from 'rxjs';
import { UndeliveredItemError } from '../../../src/index.ts';

interface Source<T> {
  readonly path: string;
  take(signal: AbortSignal): Promise<T>;
  putBack(item: T): Promise<unknown>;
  reportError(error: Error): void;
}

/** Takes one item after the other for as long as there is a subscriber. One that was under way to a subscriber who has left goes back. */
export function itemsTaken<T>(source: Source<T>): Observable<T> {
  return new Observable((subscriber) => {
    const giveUp = new AbortController();
    const takeAll = async () => {
      for (;;) {
        const item = await source.take(giveUp.signal);
        if (subscriber.closed) return await putBack(source, item);
        subscriber.next(item);
      }
    };
    takeAll().catch((error: unknown) => {
      if (!subscriber.closed) subscriber.error(error);
      else if (error !== giveUp.signal.reason && error instanceof Error) source.reportError(error);
    });
    return () => giveUp.abort();
  });
}

async function putBack<T>(source: Source<T>, item: T): Promise<void> {
  try {
    await source.putBack(item);
  } catch (cause) {
    throw new UndeliveredItemError(source.path, { item, cause });
  }
}
