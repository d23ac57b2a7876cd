/**
 * Who waits for whom, and who waits in vain. Pure.
 *
 * Source: Coffman, Elphick and Shoshani, "System Deadlocks", 1971; for waits that any of several can end, Knapp, "Deadlock Detection in Distributed
 * Databases", 1987 (the AND-OR model).
 */
import { componentsOf } from './components.ts';

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
  /** Of a lock's waiter the nearest are enough: they wait for the others themselves. */
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

/**
 * All cycles among `waits`, one for each wait that has closed any. If those who wait so give up, the others go on. Takes the time of a pass over all waits,
 * and for each wait that has closed a cycle one more over those that are entangled with it: whoever goes through them can pause after each. Undefined is
 * for a pass that has found none.
 */
export function* cyclesOf<N extends LockNode>(waits: readonly Wait<N>[]): Generator<Cycle<N> | undefined, void, undefined> {
  const stuck = stuckOwners(waits);
  for (const part of partsOf(waits.filter(({ node }) => stuck.has(node.owner)))) yield* cyclesWithin(part);
}

/**
 * A wait closes a cycle exactly if it is the youngest of owners that all wait for each other, or becomes that when younger ones that do are left out.
 */
function* cyclesWithin<N extends LockNode>(part: readonly Wait<N>[]): Generator<Cycle<N> | undefined, void, undefined> {
  for (let groups = groupsOf(part); groups.length > 0; ) {
    const left: (readonly Wait<N>[])[] = [];
    for (const group of groups) {
      const youngest = group.reduce((a, b) => (a.node.czxid > b.node.czxid ? a : b));
      yield cycleClosedBy(youngest, part);
      left.push(group.filter((wait) => wait !== youngest));
    }
    groups = groupsOf(left.flat());
  }
}

/** The waits of owners that have to do with each other, in whatever direction, directly or over others. */
function partsOf<N extends LockNode>(waits: readonly Wait<N>[]): readonly (readonly Wait<N>[])[] {
  const edges = new Map<string, string[]>();
  // Nobody is left out for having to do with none but itself.
  for (const { node } of waits) edges.set(node.owner, [node.owner]);
  for (const { node, behind } of waits) {
    for (const { owner } of behind) {
      if (!edges.has(owner)) continue;
      append(edges, node.owner, owner);
      append(edges, owner, node.owner);
    }
  }
  const partOf = new Map<string, Wait<N>[]>();
  const parts = componentsOf(edges).map((owners) => {
    const part: Wait<N>[] = [];
    for (const owner of owners) partOf.set(owner, part);
    return part;
  });
  for (const wait of waits) partOf.get(wait.node.owner)?.push(wait);
  return parts;
}

/** The waits by which owners wait for each other, all for all, directly or over others of their group. */
function groupsOf<N extends LockNode>(waits: readonly Wait<N>[]): readonly (readonly Wait<N>[])[] {
  const edges = new Map<string, string[]>();
  for (const { node, behind } of waits) for (const { owner } of behind) append(edges, node.owner, owner);
  const groupOf = new Map<string, number>();
  for (const [index, owners] of componentsOf(edges).entries()) for (const owner of owners) groupOf.set(owner, index);
  const groups = new Map<number, Wait<N>[]>();
  for (const wait of waits) {
    const group = groupOf.get(wait.node.owner);
    if (group === undefined || !wait.behind.some(({ owner }) => groupOf.get(owner) === group)) continue;
    append(groups, group, wait);
  }
  return [...groups.values()];
}

/**
 * What can be said of some moment between two looks: that all those waited which were seen both times, for those seen in their way both times. A wait
 * that any can end counts only if nobody has come or gone.
 */
export function lasting<N extends LockNode>(before: readonly Wait<N>[], after: readonly Wait<N>[]): readonly Wait<N>[] {
  const waited = new Map(before.map((wait) => [wait.node.path, wait]));
  const known = new Set(before.flatMap(({ node, behind }) => [node.path, ...behind.map(({ path }) => path)]));
  return after.flatMap((wait) => {
    const earlier = waited.get(wait.node.path);
    if (earlier === undefined) return [];
    // Whoever is ahead now and was there before was ahead then, although perhaps not one of the nearest.
    const behind = wait.behind.filter(({ path }) => known.has(path));
    const isSame = behind.length === wait.behind.length && behind.length === earlier.behind.length;
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
  /** How many waits keep an owner. */
  const stuck = new Map<string, number>();
  for (const { node } of waits) stuck.set(node.owner, (stuck.get(node.owner) ?? 0) + 1);
  const pending = waits.map((wait) => ({ wait, blockers: wait.behind.filter(({ owner }) => stuck.has(owner)).length, isOver: false }));
  const waitingFor = new Map<string, (typeof pending)[number][]>();
  for (const each of pending) for (const { owner } of each.wait.behind) append(waitingFor, owner, each);
  const gone: string[] = [];
  const look = (each: (typeof pending)[number]) => {
    const { node, behind, until } = each.wait;
    if (each.isOver || (until === 'all-go' ? each.blockers > 0 : each.blockers >= behind.length)) return;
    each.isOver = true;
    const left = (stuck.get(node.owner) ?? 0) - 1;
    stuck.set(node.owner, left);
    if (left === 0) gone.push(node.owner);
  };
  for (const each of pending) look(each);
  // It grows while it is gone through.
  for (const owner of gone) {
    stuck.delete(owner);
    for (const each of waitingFor.get(owner) ?? []) {
      each.blockers -= 1;
      look(each);
    }
  }
  return new Set(stuck.keys());
}

/** One way of a search, and the step that led there. */
interface Way<N extends LockNode> {
  readonly wait: Wait<N>;
  readonly before: { readonly way: Way<N>; readonly blocker: N } | undefined;
}

/** From the closing wait, over others who wait in vain, to its owner: breadth first. */
function shortestWayBack<N extends LockNode>(
  closing: Wait<N>,
  waits: readonly Wait<N>[],
  stuck: ReadonlySet<string>,
): Cycle<N> | undefined {
  const waitsOf = new Map<string, Wait<N>[]>();
  for (const wait of waits) append(waitsOf, wait.node.owner, wait);
  const reached = new Set<string>();
  const ways: Way<N>[] = [{ wait: closing, before: undefined }];
  // It grows while it is gone through: those reached last come last.
  for (const way of ways) {
    for (const blocker of way.wait.behind) {
      if (blocker.owner === closing.node.owner) return stepsOf(way, blocker);
      if (!stuck.has(blocker.owner) || reached.has(blocker.owner)) continue;
      reached.add(blocker.owner);
      for (const wait of waitsOf.get(blocker.owner) ?? []) ways.push({ wait, before: { way, blocker } });
    }
  }
  return undefined;
}

function stepsOf<N extends LockNode>(last: Way<N>, closingBlocker: N): Cycle<N> {
  const steps: Blocked<N>[] = [{ waiting: last.wait.node, blocker: closingBlocker }];
  for (let { before } = last; before !== undefined; { before } = before.way) {
    steps.push({ waiting: before.way.wait.node, blocker: before.blocker });
  }
  return steps.reverse();
}

function append<K, T>(lists: Map<K, T[]>, key: K, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
