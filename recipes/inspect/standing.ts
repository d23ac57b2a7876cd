import { compareSequences, contenderOf, isExhausted, type NamePattern } from '../line.ts';

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

const sequence = String.raw`(\d{10}|-\d{9,10})$`;

/** Those who let nobody else in: a mutex's, a read-write lock's writers, a latch's and a semaphore's turnstile's, Curator's, go-zookeeper's and kazoo's. */
const exclusiveNames: readonly NamePattern[] = [
  new RegExp(`(?:^|-)(?:lock-|latch-|__WRIT__)${sequence}`),
  new RegExp(`__lock__${sequence}`),
];
/** Those who let each other in: Curator's readers and kazoo's. */
const sharedNames: readonly NamePattern[] = [new RegExp(`(?:^|-)__READ__${sequence}`), new RegExp(`__rlock__${sequence}`)];
/** All names that stand in a line. */
export const lineNames: readonly NamePattern[] = [...exclusiveNames, ...sharedNames];

/** Who of `nodes` holds and who waits for whom, in line order. Names that stand in no line that we know are left out. */
export function standingsOf<N extends LineNode>(nodes: readonly N[]): readonly Standing<N>[] {
  const hasNumbers = !isExhausted(
    nodes.map(({ name }) => name),
    lineNames,
  );
  const line = nodes
    .flatMap((node) => {
      const contender = contenderOf(node.name, lineNames);
      return contender === undefined
        ? []
        : { node, sequence: contender.sequence, isShared: contenderOf(node.name, sharedNames) !== undefined };
    })
    .sort((a, b) => {
      const byNumber = hasNumbers ? compareSequences(a.sequence, b.sequence) : 0;
      return byNumber === 0 ? Number(a.node.czxid - b.node.czxid) : byNumber;
    });
  return line.map(({ node, isShared, sequence: own }, place) => ({
    node,
    isShared,
    behind: line
      .slice(0, place)
      // A writer's own read lock has its number: Curator makes it so when a writer downgrades.
      .filter((other) => !(isShared && other.isShared) && !(hasNumbers && other.sequence === own))
      .map((other) => other.node),
  }));
}
