import {
  defer,
  distinctUntilChanged,
  expand,
  finalize,
  from,
  ignoreElements,
  lastValueFrom,
  map,
  merge,
  mergeAll,
  type Observable,
  of,
  toArray,
} from 'rxjs';
import { TreeCache } from '../recipes/index.ts';
import { type CallOptions, type Client, joinPath, NoNodeError, noData } from '../src/index.ts';

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

/** The subtree now, and again whenever paths come or go. Null while there is no such znode. */
export function subtree$(client: Client, root: string): Observable<readonly string[] | null> {
  return defer(() => {
    const cache = new TreeCache(client, root, { codec: noData });
    const paths$ = cache.nodes$.pipe(
      map((nodes) => (nodes.size === 0 ? null : [...nodes.keys()].sort())),
      distinctUntilChanged(isSame),
    );
    // What it fails with, the paths fail with.
    const started$ = from(cache.start()).pipe(ignoreElements());
    return merge(paths$, started$).pipe(finalize(() => void cache.close()));
  });
}

function isSame(one: readonly string[] | null, other: readonly string[] | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
