import { type Codec, decodeZnode, MalformedDataError, NoAuthError, type Stat } from '../../../src/index.ts';
import { frozen } from '../../common/frozen.ts';
import type { CachedNode } from '../cached-node.ts';

/** What was read of a znode. */
export interface Finding {
  readonly stat: Stat;
  /** Undefined if they were not read. */
  readonly data: Buffer | undefined;
  /** Why they were not, if we wanted them. */
  readonly refusal: NoAuthError | undefined;
}

/** Its value is frozen, since all who look are handed the same. Keeps nothing of the finding: its data are a view on all that came with them. */
export function nodeOf<T>(path: string, codec: Codec<T>, { stat, data, refusal }: Finding): CachedNode<T> {
  if (refusal !== undefined) return { path, stat: compact(stat), value: undefined, error: refusal };
  try {
    return { path, stat: compact(stat), value: frozen(decodeZnode(path, codec, Buffer.from(data ?? noBytes))), error: undefined };
  } catch (error) {
    if (error instanceof MalformedDataError) return { path, stat: compact(stat), value: undefined, error };
    throw error;
  }
}

/** Whether the finding has the value that we have. */
export function isSameReading({ stat, error }: CachedNode<unknown>, finding: Finding): boolean {
  return stat.mzxid === finding.stat.mzxid && error instanceof NoAuthError === (finding.refusal !== undefined);
}

/** The same value, the very object for those who compare, with another stat. */
export function withStat<T>(node: CachedNode<T>, stat: Stat): CachedNode<T> {
  const { path, value, error } = node;
  // Of one that has a value there is no error, and the other way round, as it was.
  return { path, stat: compact(stat), value, error } as CachedNode<T>;
}

const noBytes = Buffer.alloc(0);

/** The same stat in half the space: every bigint is an object of its own, most of a znode's are equal, and an object written out has no room to spare. */
function compact(stat: Stat): Stat {
  const { czxid, ctime } = stat;
  return {
    czxid,
    mzxid: stat.mzxid === czxid ? czxid : stat.mzxid,
    ctime,
    mtime: stat.mtime === ctime ? ctime : stat.mtime,
    version: stat.version,
    cversion: stat.cversion,
    aversion: stat.aversion,
    ephemeralOwner: stat.ephemeralOwner === 0n ? 0n : stat.ephemeralOwner,
    dataLength: stat.dataLength,
    numChildren: stat.numChildren,
    pzxid: stat.pzxid === czxid ? czxid : stat.pzxid,
  };
}
