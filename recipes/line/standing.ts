import { allPatterns, compareSequences, contenderOf, excludeEachOther, isExhausted } from './line.ts';

/** A znode of a line, as it was read. */
export interface LineNode {
  readonly name: string;
  readonly czxid: bigint;
}

/** Where a znode stands: behind all those that have to go before it holds. With nobody in its way it holds. */
export interface Standing<N extends LineNode> {
  readonly node: N;
  readonly isShared: boolean;
  readonly behind: readonly N[];
}

/** Who of `nodes` holds and who waits for whom, in line order. Names that stand in no line that we know are left out. */
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
  return line.map((us, place) => ({
    node: us.node,
    isShared: us.isShared,
    behind: line
      .slice(0, place)
      // A writer's own read lock has its number: Curator makes it so when a writer downgrades.
      .filter((other) => excludeEachOther(us, other) && !(hasNumbers && other.sequence === us.sequence))
      .map((other) => other.node),
  }));
}
