import { isWithin, parentOf } from '../../../src/index.ts';

/** What a cache is to show. */
export interface Scope {
  readonly root: string;
  /** Whether the server tells of each znode that is made anywhere below the root, rather than that some list of children has changed. */
  readonly isToldOfAll: boolean;
  accepts(path: string): boolean;
  /** Of an accepted path: whether anything below it may be accepted. */
  reachesBelow(path: string): boolean;
}

/** @param accept asked about no path whose parent it has refused, nor about the root */
export function scopeOf(root: string, maxDepth: number, accept: (path: string) => boolean, isToldOfAll: boolean): Scope {
  const depthOfRoot = depthOf(root);
  const depthBelow = (path: string) => depthOf(path) - depthOfRoot;
  const accepted = (path: string): boolean => path === root || (accepted(parentOf(path)) && accept(path));
  return {
    root,
    isToldOfAll,
    accepts: (path) => isWithin(path, root) && depthBelow(path) <= maxDepth && accepted(path),
    reachesBelow: (path) => depthBelow(path) < maxDepth,
  };
}

function depthOf(path: string): number {
  return path === '/' ? 0 : path.split('/').length - 1;
}
