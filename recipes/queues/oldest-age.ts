import { filter, Observable } from 'rxjs';
import { type Client, first, joinPath } from '../../src/index.ts';
import { completeOnClose, orClosed } from '../common/closing.ts';
import { inAnySession } from '../common/in-any-session.ts';
import { childrenOf } from '../common/unless-gone.ts';
import { Wakeup } from '../common/wakeup.ts';
import { depthOf } from './depth.ts';
import { isItem, sequenceOf } from './items/item-names.ts';

/** The item that was put before all others, and when. */
interface Oldest {
  readonly path: string;
  readonly sinceMs: number;
}

/**
 * For how long the oldest item has been in the queue, in milliseconds, told every so often; null while there is none. The queue is listed once in that time
 * at the most, and only if the item has gone or changed.
 */
export function oldestAgeOf(client: Client, path: string, everyMs: number): Observable<number | null> {
  const age$ = new Observable<number | null>((subscriber) => {
    const interest = new AbortController();
    const { signal } = interest;
    const tell = async () => {
      while (!subscriber.closed) {
        const oldest = await inAnySession(client, signal, () => findOldest(client, path, signal));
        if (oldest !== 'none') await whileThere(client, oldest, everyMs, (ageMs) => subscriber.next(ageMs), signal);
        else {
          subscriber.next(null);
          await pause(client, everyMs, signal);
          const some$ = depthOf(client, path).pipe(filter((depth) => depth > 0));
          await first(some$.pipe(orClosed(`oldestAge$ ${path}`)), signal);
        }
      }
    };
    // Once nobody listens any more this is nobody's error.
    tell().catch((error: unknown) => subscriber.error(error));
    return () => interest.abort();
  });
  return age$.pipe(completeOnClose(client));
}

/** Undefined if it has gone in between. */
async function findOldest(client: Client, path: string, signal: AbortSignal): Promise<Oldest | 'none' | undefined> {
  const names = (await childrenOf(client, path, { signal })).filter(isItem);
  if (names.length === 0) return 'none';
  const name = names.reduce((oldest, other) => (sequenceOf(other) < sequenceOf(oldest) ? other : oldest));
  const stat = await client.exists(joinPath(path, name), { signal });
  return stat === null ? undefined : { path: joinPath(path, name), sinceMs: Number(stat.ctime) };
}

async function whileThere(
  client: Client,
  { path, sinceMs }: Oldest,
  everyMs: number,
  tell: (ageMs: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const waiting = new AbortController();
  let isThere = true;
  const changed = client.whenChanged(path, { signal: waiting.signal }).then(
    () => {
      isThere = false;
    },
    // Ours to end, or to be met again by the next request.
    () => {
      isThere = false;
    },
  );
  while (isThere && !signal.aborted) {
    // The server's clock may be ahead of ours.
    tell(Math.max(0, client.clock.wallTime() - sinceMs));
    await pause(client, everyMs, signal);
  }
  waiting.abort(new Error('nobody waits any more'));
  await changed;
}

async function pause({ clock }: Client, ms: number, signal: AbortSignal): Promise<void> {
  await new Wakeup().wait(clock, ms, signal);
}
