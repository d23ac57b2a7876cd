import { type Codec, decodeZnode, MalformedDataError, NoAuthError, type Stat } from '../../src/index.ts';
import type { CachedNode } from './cached-node.ts';

/** What was read of a znode. */
export interface Finding {
  readonly stat: Stat;
  /** Undefined if they were not read. */
  readonly data: Buffer | undefined;
  /** Why they were not, if we wanted them. */
  readonly refusal: NoAuthError | undefined;
}

/** Keeps nothing of the finding: its data are a view on all that came with them. */
export function nodeOf<T>(path: string, codec: Codec<T>, { stat, data, refusal }: Finding): CachedNode<T> {
  const fields = { path, stat: compact(stat) };
  if (refusal !== undefined) return { ...fields, value: undefined, error: refusal };
  try {
    return { ...fields, value: decodeZnode(path, codec, Buffer.from(data ?? noBytes)), error: undefined };
  } catch (error) {
    if (error instanceof MalformedDataError) return { ...fields, value: undefined, error };
    throw error;
  }
}

/** Whether the finding has the value that we have. */
export function isSameReading({ stat, error }: CachedNode<unknown>, finding: Finding): boolean {
  return stat.mzxid === finding.stat.mzxid && error instanceof NoAuthError === (finding.refusal !== undefined);
}

/** The same value, the very object for those who compare, with another stat. */
export function withStat<T>(node: CachedNode<T>, stat: Stat): CachedNode<T> {
  return { ...node, stat: compact(stat) };
}

const noBytes = Buffer.alloc(0);

/** The same stat. Every bigint is an object of its own, and most znodes have few that differ: it saves a third. */
function compact(stat: Stat): Stat {
  const { czxid, ctime } = stat;
  return {
    ...stat,
    mzxid: stat.mzxid === czxid ? czxid : stat.mzxid,
    pzxid: stat.pzxid === czxid ? czxid : stat.pzxid,
    mtime: stat.mtime === ctime ? ctime : stat.mtime,
    ephemeralOwner: stat.ephemeralOwner === 0n ? 0n : stat.ephemeralOwner,
  };
}
