import { defer, distinctUntilChanged, finalize, from, ignoreElements, map, merge, type Observable } from 'rxjs';
import { TreeCache } from '../recipes/index.ts';
import { type CallOptions, type Client, joinPath, NoAuthError, NoNodeError, noData, type ReadOperation } from '../src/index.ts';

// Requests under way at once: enough to hide the way to the server, few enough to leave it to others.
export const concurrency = 256;

// Znodes that one request asks for: enough to make most requests needless, few enough for it and its reply to leave room for others.
const batchSize = 256;
const batchLength = 128 * 1024;
const batchesAtOnce = 4;

/** Paths of the children, sorted. */
export async function childPaths(client: Client, path: string, options: CallOptions): Promise<readonly string[]> {
  const names = await client.children(path, options);
  return names.map((name) => joinPath(path, name)).sort();
}

/** What is below a znode, as far as it may be read. */
export interface Subtree {
  /** Of the znode and of all below it, sorted. */
  readonly paths: readonly string[];
  /** Why what is below some of them is not among them. */
  readonly unreadable: readonly NoAuthError[];
}

/** The znode and all below it, many in one request. Those that go while we look are left out. */
export async function subtree(client: Client, root: string, options: CallOptions): Promise<Subtree> {
  const paths = [root];
  const unreadable: NoAuthError[] = [];
  let level = [...(await childPaths(client, root, options))];
  while (level.length > 0) {
    for (const path of level) paths.push(path);
    const below: string[] = [];
    for await (const found of childrenOfAll(client, level, options)) {
      if (found instanceof NoAuthError) unreadable.push(found);
      else for (const path of found) below.push(path);
    }
    level = below;
  }
  return { paths: paths.sort(), unreadable };
}

/** Of each: paths of its children, or why they may not be read. */
async function* childrenOfAll(
  client: Client,
  parents: readonly string[],
  options: CallOptions,
): AsyncGenerator<readonly string[] | NoAuthError> {
  const batches = batchesOf(parents);
  for (let from = 0; from < batches.length; from += batchesAtOnce) {
    const asked = batches.slice(from, from + batchesAtOnce).map((batch) => childrenOfBatch(client, batch, options));
    for (const found of await Promise.all(asked)) yield* found;
  }
}

function batchesOf(paths: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let [batch, length]: [string[], number] = [[], 0];
  for (const path of paths) {
    if (batch.length === 0 || batch.length === batchSize || length + path.length > batchLength) {
      [batch, length] = [[], 0];
      batches.push(batch);
    }
    batch.push(path);
    length += path.length;
  }
  return batches;
}

async function childrenOfBatch(
  client: Client,
  parents: readonly string[],
  options: CallOptions,
): Promise<readonly (readonly string[] | NoAuthError)[]> {
  const reads = parents.map((path): ReadOperation => ({ op: 'children', path }));
  const results = await client.readMany(reads, options);
  return results.map((result, index) => {
    if (result.op === 'children') return result.children.map((name) => joinPath(parents[index] ?? '', name));
    const error = result.op === 'refused' ? result.error : undefined;
    if (error instanceof NoAuthError) return error;
    if (error === undefined || error instanceof NoNodeError) return [];
    throw error;
  });
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
