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
}

/** What somebody in line does next: enters, waits for one znode to go, or finds that its own znode is gone. */
export type Turn =
  | { readonly kind: 'ours' }
  | { readonly kind: 'wait'; readonly behind: string; readonly position: number }
  | { readonly kind: 'gone' };

/** Matches the end of a contender's name; its first group is the sequence number. */
export type NamePattern = RegExp;

// `%010d` of a signed 32-bit number: ten digits, or a minus sign and nine or ten.
const sequence = String.raw`(\d{10}|-\d{9,10})$`;

/**
 * Names that contend for a mutex: Curator's and ours (`_c_<uuid>-lock-`, or bare `lock-`), go-zookeeper's (`_c_<32 hex>-lock-`) and
 * kazoo's (`<32 hex>__lock__`, and `__rlock__` of its readers, which exclude an exclusive holder too).
 */
const mutexNames: NamePattern = new RegExp(`(?:^|-)lock-${sequence}`);
const kazooNames: NamePattern = new RegExp(`__r?lock__${sequence}`);
export const mutexPatterns: readonly NamePattern[] = [mutexNames, kazooNames];

export function contenderOf(name: string, patterns: readonly NamePattern[]): Contender | undefined {
  for (const pattern of patterns) {
    const digits = pattern.exec(name)?.[1];
    if (digits !== undefined) return { name, sequence: Number(digits) };
  }
  return undefined;
}

/** Negative if `a` was made before `b`. Right across the counter's wrap, as long as fewer than 2^31 numbers lie between the two. */
export function compareSequences(a: number, b: number): number {
  return (a - b) | 0;
}

/**
 * Whose turn it is. One waits for the one znode ahead, so that one release wakes one waiter.
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
    if (other === undefined || compareSequences(other.sequence, us.sequence) >= 0) continue;
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
export function turnByArrival(arrivals: ReadonlyMap<string, bigint>, own: string): Turn {
  const us = arrivals.get(own);
  if (us === undefined) return { kind: 'gone' };
  const ahead = [...arrivals].filter(([, czxid]) => czxid < us).sort(([, a], [, b]) => (a < b ? 1 : -1));
  const nearest = ahead[0]?.[0];
  return nearest === undefined ? { kind: 'ours' } : { kind: 'wait', behind: nearest, position: ahead.length };
}

const lastSequence = 2 ** 31 - 1;

/** Children that no pattern knows. Curator would let some of them block everybody. */
export function foreignersIn(children: readonly string[], patterns: readonly NamePattern[]): readonly string[] {
  return children.filter((name) => contenderOf(name, patterns) === undefined);
}

/** From here on the counter is so near its end that Curator, which orders by text, will soon order wrongly. */
export const nearlyExhausted = lastSequence - 1_000_000;
