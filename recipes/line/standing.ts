import { allPatterns, compareSequences, contenderOf, isExhausted } from './line.ts';

/** A znode of a line, as it was read. */
export interface LineNode {
  readonly name: string;
  readonly czxid: bigint;
}

/** Where a znode stands: behind all those that have to go before it holds. With nobody in its way it holds. */
export interface Standing<N extends LineNode> {
  readonly node: N;
  readonly isShared: boolean;
  /** How many are in its way. */
  readonly position: number;
  /** The nearest of them: those that are in the way of none of the nearest. All others are in the way of one of these, too. */
  readonly nearest: readonly N[];
}

/** Who of `nodes` holds and who waits for whom, in line order, in n log n. Names that stand in no line that we know are left out. */
export function standingsOf<N extends LineNode>(nodes: readonly N[]): readonly Standing<N>[] {
  const hasNumbers = !isExhausted(
    nodes.map(({ name }) => name),
    allPatterns,
  );
  const line = nodes
    .flatMap((node) => {
      const contender = contenderOf(node.name, allPatterns);
      return contender === undefined ? [] : { node, ...contender };
    })
    .sort((a, b) => {
      const byNumber = hasNumbers ? compareSequences(a.sequence, b.sequence) : 0;
      return byNumber === 0 ? Number(a.node.czxid - b.node.czxid) : byNumber;
    });
  const ahead = new Ahead<Ranked<N>>();
  return groupsOf(line, hasNumbers).flatMap((group) => {
    const standings = group.map((us) => ({ node: us.node, isShared: us.isShared, ...ahead.of(us) }));
    for (const us of group) ahead.add(us);
    return standings;
  });
}

interface Ranked<N> {
  readonly node: N;
  readonly sequence: number;
  readonly isShared: boolean;
}

/** Those with one number are not in each other's way: a writer's own read lock has its number, since Curator makes it so when a writer downgrades. */
function groupsOf<N>(line: readonly Ranked<N>[], hasNumbers: boolean): readonly (readonly Ranked<N>[])[] {
  const groups: Ranked<N>[][] = [];
  for (const us of line) {
    const last = groups.at(-1);
    if (hasNumbers && last?.[0]?.sequence === us.sequence) last.push(us);
    else groups.push([us]);
  }
  return groups;
}

/** Those ahead, as somebody who comes next finds them. */
class Ahead<C extends { readonly node: unknown; readonly isShared: boolean }> {
  #all = 0;
  #exclusive = 0;
  /** The last who excludes everybody, and those with its number. */
  #last: C['node'][] = [];
  /** Who came after that: they let each other in. */
  #sharedSince: C['node'][] = [];

  of({ isShared }: C): { readonly position: number; readonly nearest: C['node'][] } {
    return isShared
      ? { position: this.#exclusive, nearest: this.#last }
      : { position: this.#all, nearest: [...this.#last, ...this.#sharedSince] };
  }

  add({ node, isShared }: C): void {
    this.#all += 1;
    if (isShared) {
      this.#sharedSince.push(node);
      return;
    }
    this.#exclusive += 1;
    this.#last = [node];
    this.#sharedSince = [];
  }
}
