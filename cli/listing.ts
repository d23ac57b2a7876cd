import {
  defer,
  distinctUntilChanged,
  EMPTY,
  exhaustMap,
  expand,
  filter,
  from,
  lastValueFrom,
  map,
  merge,
  mergeAll,
  type Observable,
  of,
  repeat,
  tap,
  toArray,
} from 'rxjs';
import { type CallOptions, type Client, joinPath, NoNodeError } from '../src/index.ts';

// Requests under way at once: enough to hide the way to the server, few enough to leave it to others.
export const concurrency = 256;

/** Paths of the children, sorted. */
export async function childPaths(client: Client, path: string, options: CallOptions): Promise<readonly string[]> {
  const names = await client.children(path, options);
  return names.map((name) => joinPath(path, name)).sort();
}

/** Paths of the znode and of all below it, sorted. Those that go while we look are left out. */
export async function subtree(client: Client, root: string, options: CallOptions): Promise<readonly string[]> {
  const below = (path: string) => childPaths(client, path, options).catch((error: unknown) => unlessGone(error, path, root));
  const paths$ = of(root).pipe(expand((path) => from(below(path)).pipe(mergeAll()), concurrency));
  return (await lastValueFrom(paths$.pipe(toArray()))).sort();
}

function unlessGone(error: unknown, path: string, root: string): readonly string[] {
  if (error instanceof NoNodeError && path !== root) return [];
  throw error;
}

/** The children now, and again whenever the list changes. Null while there is no such znode. */
export function childPaths$(client: Client, path: string): Observable<readonly string[] | null> {
  return client.children$(path).pipe(map((names) => (names === null ? null : names.map((name) => joinPath(path, name)).sort())));
}

/**
 * The subtree now, and again whenever it changes. Null while there is no such znode.
 * The watch is asked for before the first listing, so that nothing falls between the two.
 */
export function subtree$(client: Client, root: string, options: CallOptions): Observable<readonly string[] | null> {
  const list = () => subtree(client, root, options).catch(nullIfMissing);
  const events$ = client.watch(root, { recursive: true }).pipe(filter(({ type }) => type !== 'changed'));
  return readOnEach(events$, list).pipe(distinctUntilChanged((one, other) => JSON.stringify(one) === JSON.stringify(other)));
}

function nullIfMissing(error: unknown): null {
  if (error instanceof NoNodeError) return null;
  throw error;
}

/** Reads at first and upon events; once for all the events that come while a read is under way. */
function readOnEach<T>(events$: Observable<unknown>, read: () => Promise<T>): Observable<T> {
  return defer(() => {
    let isStale = false;
    const readOnce$ = defer(() => {
      isStale = false;
      return read();
    });
    // Events first: subscribing asks for the watch.
    return merge(events$, of(undefined)).pipe(
      tap(() => {
        isStale = true;
      }),
      exhaustMap(() => readOnce$.pipe(repeat({ delay: () => (isStale ? of(true) : EMPTY) }))),
    );
  });
}
