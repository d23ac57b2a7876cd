/**
 * Lines of sequential znodes, as locks and latches use them: who is in line, and whose turn it is. Pure.
 *
 * Source: ZooKeeper Recipes, "Locks"; Curator's `StandardLockInternalsDriver`.
 */

/** A znode that stands in line. */
export interface Contender {
  readonly name: string;
  /** The number that the server gave it: a signed 32-bit counter. */
  readonly sequence: number;
  /** May hold beside others that are shared: a reader. */
  readonly isShared: boolean;
}

/** What somebody in line does next: enters, waits for one znode to go, or finds that its own znode is gone. */
export type Turn =
  | { readonly kind: 'ours' }
  | { readonly kind: 'wait'; readonly behind: string; readonly position: number }
  | { readonly kind: 'gone' };

/** Matches the end of a contender's name; its first group is the sequence number. */
export type NamePattern = RegExp;

/** A line of ephemeral sequential znodes below one path. */
export interface Line {
  readonly directory: string;
  /** What our own names end in, before the number, e.g. `lock-`. */
  readonly name: string;
  /** All names that stand in this line, ours and other libraries'. */
  readonly patterns: readonly NamePattern[];
  /** The data of its znodes is the identity, and nothing but that. */
  readonly hasPlainIds?: boolean;
}

// `%010d` of a signed 32-bit number: ten digits, or a minus sign and nine or ten.
const sequence = String.raw`(\d{10}|-\d{9,10})$`;

// Curator's and ours are `_c_<uuid>-lock-<number>`, or without the prefix, go-zookeeper's `_c_<32 hex>-lock-<number>`, kazoo's `<32 hex>__lock__<number>`.
const locks: NamePattern = new RegExp(`(?:^|-)lock-${sequence}`);
const latches: NamePattern = new RegExp(`(?:^|-)latch-${sequence}`);
const writers: NamePattern = new RegExp(`(?:^|-)__WRIT__${sequence}`);
const readers: NamePattern = new RegExp(`(?:^|-)__READ__${sequence}`);
const kazooLocks: NamePattern = new RegExp(`__lock__${sequence}`);
const kazooReaders: NamePattern = new RegExp(`__rlock__${sequence}`);

/** Names that contend for a mutex. kazoo's readers exclude an exclusive holder too. */
export const mutexPatterns: readonly NamePattern[] = [locks, kazooLocks, kazooReaders];

/** Names that contend for a read-write lock. */
export const readWritePatterns: readonly NamePattern[] = [writers, readers, kazooLocks, kazooReaders];

/** Names that contend for leadership by a latch. */
export const latchPatterns: readonly NamePattern[] = [latches];

/** All names that stand in a line of any kind. */
export const allPatterns: readonly NamePattern[] = [locks, latches, writers, readers, kazooLocks, kazooReaders];

/** Those who let each other in. */
const sharedNames: readonly NamePattern[] = [readers, kazooReaders];

export function contenderOf(name: string, patterns: readonly NamePattern[]): Contender | undefined {
  for (const pattern of patterns) {
    const digits = pattern.exec(name)?.[1];
    if (digits !== undefined) return { name, sequence: Number(digits), isShared: sharedNames.includes(pattern) };
  }
  return undefined;
}

/** Negative if `a` was made before `b`. Right across the counter's wrap, as long as fewer than 2^31 numbers lie between the two. */
export function compareSequences(a: number, b: number): number {
  return (a - b) | 0;
}

/** Two that cannot hold at the same time: all but readers among themselves. */
export function excludeEachOther(a: Contender, b: Contender): boolean {
  return !(a.isShared && b.isShared);
}

/**
 * Whose turn it is. One waits for the nearest znode ahead that excludes it, so that one release wakes one waiter, or the readers that it has kept out.
 *
 * Whoever has the same number is not ahead: that is the read lock that a writer has taken before it gives the write lock back.
 *
 * @param children a listing taken after `own` was made
 */
export function turnOf(children: readonly string[], own: string, patterns: readonly NamePattern[]): Turn {
  const us = contenderOf(own, patterns);
  if (us === undefined || !children.includes(own)) return { kind: 'gone' };
  let nearest: Contender | undefined;
  let position = 0;
  for (const name of children) {
    const other = contenderOf(name, patterns);
    if (other === undefined || !excludeEachOther(other, us) || compareSequences(other.sequence, us.sequence) >= 0) continue;
    position += 1;
    if (nearest === undefined || compareSequences(other.sequence, nearest.sequence) > 0) nearest = other;
  }
  return nearest === undefined ? { kind: 'ours' } : { kind: 'wait', behind: nearest.name, position };
}

/**
 * Do the numbers not tell the order any more? At 2147483647 servers from 3.5.5 on stop counting and give that number to everybody, but for a few that
 * wrap to negative while others are under way; older ones go on from -2147483648.
 *
 * @see ZooKeeper `DataTree.createNode`
 */
export function isExhausted(children: readonly string[], patterns: readonly NamePattern[]): boolean {
  return children.some((name) => {
    const contender = contenderOf(name, patterns);
    return contender !== undefined && (contender.sequence < 0 || contender.sequence === lastSequence);
  });
}

/**
 * Whose turn it is, by what no counter can spoil: the zxids that made the znodes.
 *
 * @param arrivals the contenders' names, and their czxids
 */
export function turnByArrival(arrivals: ReadonlyMap<string, bigint>, own: string, patterns: readonly NamePattern[]): Turn {
  const [us, arrival] = [contenderOf(own, patterns), arrivals.get(own)];
  if (us === undefined || arrival === undefined) return { kind: 'gone' };
  const isInOurWay = ([name, czxid]: readonly [string, bigint]) => {
    const other = contenderOf(name, patterns);
    return other !== undefined && excludeEachOther(other, us) && czxid < arrival;
  };
  const ahead = [...arrivals].filter(isInOurWay).sort(([, a], [, b]) => (a < b ? 1 : -1));
  const nearest = ahead[0]?.[0];
  return nearest === undefined ? { kind: 'ours' } : { kind: 'wait', behind: nearest, position: ahead.length };
}

const lastSequence = 2 ** 31 - 1;

/** Children that no pattern knows. Curator would let some of them block everybody. */
export function unrecognisedChildren(children: readonly string[], patterns: readonly NamePattern[]): readonly string[] {
  return children.filter((name) => contenderOf(name, patterns) === undefined);
}

/** From here on the counter is so near its end that Curator, which orders by text, will soon order wrongly. */
export const nearlyExhausted = lastSequence - 1_000_000;
