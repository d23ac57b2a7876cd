import type { Stat } from '../../src/index.ts';

/** A znode's stat, all zero but for what is given. */
export function stat(given: Partial<Stat>): Stat {
  return {
    czxid: 0n,
    mzxid: 0n,
    ctime: 0n,
    mtime: 0n,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: 0n,
    dataLength: 0,
    numChildren: 0,
    pzxid: 0n,
    ...given,
  };
}
