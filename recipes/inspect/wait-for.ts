/**
 * Who waits for whom, and who waits in vain. Pure.
 *
 * Source: Coffman, Elphick and Shoshani, "System Deadlocks", 1971; for waits that any of several can end, Knapp, "Deadlock Detection in Distributed
 * Databases", 1987 (the AND-OR model).
 */

/** A znode that stands for a hold, or for a place in line. */
export interface LockNode {
  readonly path: string;
  /** To whom it belongs: what two of one owner have in common, and no two of different owners. */
  readonly owner: string;
  readonly czxid: bigint;
}

/** An owner that waits with one znode for others to go. While it waits it gives nothing back. */
export interface Wait<N extends LockNode> {
  readonly node: N;
  readonly behind: readonly N[];
  /** Who of `behind` has to go before this one can: a lock's waiter needs all to go, a semaphore's just any. */
  readonly until: 'all-go' | 'any-goes';
}

/** One step of a cycle: who waits, and the znode in its way, which is of the next one in the cycle. */
export interface Blocked<N extends LockNode> {
  readonly waiting: N;
  readonly blocker: N;
}

/**
 * Owners that wait for each other in a circle, so that none of them ever goes on. It begins with the one that closed the circle, by waiting last: the
 * largest czxid of all that wait in it.
 */
export type Cycle<N extends LockNode> = readonly Blocked<N>[];

/** All cycles among `waits`, one for each wait that has closed any. If those who wait so give up, the others go on. */
export function cyclesOf<N extends LockNode>(waits: readonly Wait<N>[]): readonly Cycle<N>[] {
  const stuck = stuckOwners(waits);
  const candidates = waits.filter(({ node }) => stuck.has(node.owner));
  return candidates.map((wait) => cycleClosedBy(wait, candidates)).filter((cycle) => cycle !== undefined);
}

/**
 * What can be said of some moment between two looks: that all those waited which were seen both times, for those seen in their way both times. A wait
 * that any can end counts only if nobody has come or gone.
 */
export function lasting<N extends LockNode>(before: readonly Wait<N>[], after: readonly Wait<N>[]): readonly Wait<N>[] {
  const known = new Map(before.map((wait) => [wait.node.path, new Set(wait.behind.map(({ path }) => path))]));
  return after.flatMap((wait) => {
    const blockers = known.get(wait.node.path);
    if (blockers === undefined) return [];
    const behind = wait.behind.filter(({ path }) => blockers.has(path));
    const isSame = behind.length === wait.behind.length && behind.length === blockers.size;
    return wait.until === 'all-go' || isSame ? { ...wait, behind } : [];
  });
}

/** Whoever waited later is taken for running: was there a cycle already, and did this wait close one? */
function cycleClosedBy<N extends LockNode>(closing: Wait<N>, waits: readonly Wait<N>[]): Cycle<N> | undefined {
  const earlier = waits.filter(({ node }) => node.czxid <= closing.node.czxid);
  const stuck = stuckOwners(earlier);
  return stuck.has(closing.node.owner) ? shortestWayBack(closing, earlier, stuck) : undefined;
}

/** Those who wait in vain: in a cycle, or for somebody who does. What is left when all who can go on have gone. */
function stuckOwners(waits: readonly Wait<LockNode>[]): ReadonlySet<string> {
  const stuck = new Set(waits.map(({ node }) => node.owner));
  const goes = ({ owner }: LockNode) => !stuck.has(owner);
  const isOver = ({ behind, until }: Wait<LockNode>) => (until === 'all-go' ? behind.every(goes) : behind.some(goes));
  for (;;) {
    const waiting = new Set(waits.filter((wait) => stuck.has(wait.node.owner) && !isOver(wait)).map(({ node }) => node.owner));
    if (waiting.size === stuck.size) return stuck;
    for (const owner of stuck) if (!waiting.has(owner)) stuck.delete(owner);
  }
}

/** From the closing wait, over others who wait in vain, to its owner: breadth first. */
function shortestWayBack<N extends LockNode>(
  closing: Wait<N>,
  waits: readonly Wait<N>[],
  stuck: ReadonlySet<string>,
): Cycle<N> | undefined {
  const reached = new Set<string>();
  const ways: { readonly wait: Wait<N>; readonly way: Cycle<N> }[] = [{ wait: closing, way: [] }];
  // It grows while it is gone through: those reached last come last.
  for (const { wait, way } of ways) {
    for (const blocker of wait.behind) {
      const longer = [...way, { waiting: wait.node, blocker }];
      if (blocker.owner === closing.node.owner) return longer;
      if (!stuck.has(blocker.owner) || reached.has(blocker.owner)) continue;
      reached.add(blocker.owner);
      for (const next of waits) if (next.node.owner === blocker.owner) ways.push({ wait: next, way: longer });
    }
  }
  return undefined;
}
