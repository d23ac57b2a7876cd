import type { MalformedDataError, NoAuthError, Stat } from '../../src/index.ts';

/** A znode as a cache knows it: with its value, or with what is in the way of one. */
export type CachedNode<T> = ReadableNode<T> | UnreadableNode;

/** Its data are what the cache's codec takes. */
export interface ReadableNode<T> {
  readonly path: string;
  /** As of the last reading of the znode itself: `children` of a cache may be newer than `numChildren`, `cversion` and `pzxid` here. */
  readonly stat: Stat;
  readonly value: T;
  readonly error: undefined;
}

/** It is there, and its value cannot be had. Once it can, that is a change like any other. */
export interface UnreadableNode {
  readonly path: string;
  readonly stat: Stat;
  readonly value: undefined;
  /** `MalformedDataError`: the data are not what the codec takes. `NoAuthError`: we may not read them, nor see its children. */
  readonly error: MalformedDataError | NoAuthError;
}

/**
 * What became of a znode, once for each change that was seen: what happens between two readings is one change. A znode that was deleted and made anew is
 * removed, then added, however quickly it went. Those above are added before, and removed after, those below.
 */
export type NodeEvent<T> =
  | { readonly type: 'added'; readonly path: string; readonly before: undefined; readonly after: CachedNode<T> }
  /** Its data were written, even if with the same bytes, or their readability changed. */
  | { readonly type: 'changed'; readonly path: string; readonly before: CachedNode<T>; readonly after: CachedNode<T> }
  | { readonly type: 'removed'; readonly path: string; readonly before: CachedNode<T>; readonly after: undefined };

/**
 * `resync`: the picture is whole, for the first time or again after a gap. All that had happened until contact came back has been told by now; of several
 * changes of one znode during the gap, the last.
 */
export type CacheEvent<T> = NodeEvent<T> | { readonly type: 'resync'; readonly path: string };

/** What a cache goes through. The last two are for good. */
export type CacheState =
  /** Not started. */
  | { readonly kind: 'idle' }
  /** The first picture is not whole yet. */
  | { readonly kind: 'loading' }
  /** Whole, and told of every change. */
  | { readonly kind: 'live' }
  /** There is no contact, or what was missed meanwhile is being read. Questions are answered from the last picture. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'closed' }
  /** What cannot heal: it outgrew its limits, the client was closed, `accept` threw. The picture is gone. */
  | { readonly kind: 'failed'; readonly error: unknown };
