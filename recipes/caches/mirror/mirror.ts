import { type Codec, joinPath, parentOf, type WatchEvent } from '../../../src/index.ts';
import type { CachedNode, NodeEvent } from '../cached-node.ts';
import { type Finding, isSameReading, nodeOf, withStat } from './finding.ts';
import { Picture } from './picture.ts';
import type { Scope } from './scope.ts';
import { type Want, Wanted } from './wanted.ts';

type RemovedEvent<T> = Extract<NodeEvent<T>, { type: 'removed' }>;

/**
 * Decides: takes what the server tells and answers, keeps the picture by it, says what became of whom, and what is to be read next. No I/O.
 *
 * It builds on ZooKeeper's order: a session is told of a change before it is answered by anything that shows it. So whatever is in the picture has nothing
 * untold in its past; an answer that comes after an event may still be from before it, hence is read once more; and what is told to be gone, is.
 *
 * Two readings are compared by zxid, never by version: `czxid` is which znode it is, `mzxid` is which data, `pzxid` is which list of children. A list is
 * asked for only if its `pzxid` is not the one in the picture: all changes up to that one are in the picture, or on their way into it.
 */
export class Mirror<T> {
  readonly picture = new Picture<T>();
  readonly nodes = new Wanted();
  readonly lists = new Wanted();
  /** The highest zxid that anything in the picture shows. */
  #newest = 0n;
  #completeTo = 0n;
  readonly #scope: Scope;
  readonly #codec: Codec<T>;

  constructor(scope: Scope, codec: Codec<T>) {
    this.#scope = scope;
    this.#codec = codec;
  }

  /** Whether everything has been read that the picture needs to be whole. */
  get isWhole(): boolean {
    return this.nodes.owed === 0 && this.lists.owed === 0;
  }

  /** All that had happened up to this zxid is in the picture, or wanted. */
  get completeTo(): bigint {
    return this.#completeTo;
  }

  /** It is whole: whatever is not in it has happened since. */
  settled(): void {
    this.#completeTo = this.#newest;
  }

  /** Something at these paths may have changed untold; at the root, if there are none. */
  suspect(paths: Iterable<string>): void {
    this.nodes.add({ path: this.#scope.root, withChildren: true, isOwed: true });
    for (const path of paths) this.nodes.add({ path, withChildren: true, isOwed: true });
  }

  /** There was a gap: answers to questions from before it do not count. */
  recall(): void {
    this.nodes.recall();
    this.lists.recall();
  }

  /** The server tells of a change. */
  told({ type, path }: WatchEvent): readonly NodeEvent<T>[] {
    if (!this.#scope.accepts(path)) return [];
    const isKnown = this.picture.get(path) !== undefined;
    switch (type) {
      case 'created':
        // Whatever is below it is younger, and told of as well.
        this.#wantNode(path, !this.#scope.isToldOfAll);
        return [];
      case 'changed':
        this.#wantNode(path, !isKnown);
        return [];
      case 'resync':
        this.#wantNode(path, true);
        return [];
      case 'children':
        if (this.#scope.reachesBelow(path)) this.lists.add({ path, withChildren: false, isOwed: false });
        return [];
      case 'deleted':
        return this.#toldGone(path);
    }
  }

  /** A znode has been read; `undefined` if there is none. */
  readNode(want: Want, finding: Finding | undefined): readonly NodeEvent<T>[] {
    const { path, withChildren, isOwed } = want;
    if (!this.nodes.land(want)) return [];
    if (finding === undefined) return this.#removed(path);
    for (const zxid of [finding.stat.mzxid, finding.stat.pzxid]) if (zxid > this.#newest) this.#newest = zxid;
    const before = this.picture.get(path);
    if (before === undefined) return this.#added(path, finding, withChildren, isOwed);
    const { czxid, mzxid, pzxid } = finding.stat;
    // Another server may be behind the one that has told us more.
    if (czxid < before.stat.czxid || mzxid < before.stat.mzxid) return [];
    if (czxid > before.stat.czxid) {
      const removed = this.#removed(path);
      // Those that are younger may be below the one that has taken its place. They are told of again after it.
      const young = removed.filter(({ path: each, before: { stat } }) => each !== path && stat.czxid > czxid);
      for (const { path: each } of young) this.nodes.add({ path: each, withChildren: true, isOwed });
      return [...removed, ...this.#added(path, finding, true, isOwed)];
    }
    if (withChildren && pzxid > before.stat.pzxid) this.#wantList(path, isOwed);
    return this.#reread(before, finding);
  }

  /** The children of a znode have been read: their names; `undefined` if there is no such znode. */
  readList(want: Want, names: readonly string[] | undefined): readonly NodeEvent<T>[] {
    const { path, isOwed } = want;
    if (!this.lists.land(want)) return [];
    if (names === undefined) return this.#removed(path);
    const listed = new Set(names.map((name) => joinPath(path, name)));
    // One that is not listed may be younger than the list.
    const unlisted = [...this.picture.childPaths(path)].filter((child) => !listed.has(child));
    for (const child of listed) {
      if (this.picture.get(child) === undefined && this.#scope.accepts(child)) {
        this.nodes.add({ path: child, withChildren: true, isOwed });
      }
    }
    for (const child of unlisted) this.nodes.add({ path: child, withChildren: true, isOwed });
    return [];
  }

  clear(): void {
    this.picture.clear();
    this.nodes.clear();
    this.lists.clear();
  }

  #wantNode(path: string, withChildren: boolean): void {
    this.nodes.add({ path, withChildren, isOwed: false });
  }

  #wantList(path: string, isOwed: boolean): void {
    if (this.#scope.reachesBelow(path)) this.lists.add({ path, withChildren: false, isOwed });
  }

  #toldGone(path: string): readonly NodeEvent<T>[] {
    this.nodes.cancel(path);
    this.lists.cancel(path);
    // A one-shot watch does not tell whether it has been made anew meanwhile; of others, the list of children they are in tells.
    if (!this.#scope.isToldOfAll && path === this.#scope.root) this.#wantNode(path, true);
    return this.#removed(path);
  }

  #added(path: string, finding: Finding, withChildren: boolean, isOwed: boolean): readonly NodeEvent<T>[] {
    const parent = parentOf(path);
    if (path !== this.#scope.root && this.picture.get(parent) === undefined) {
      // We have not come to the parent yet, or were not told of it, since we may not read it.
      this.nodes.add({ path: parent, withChildren: true, isOwed });
      this.nodes.add({ path, withChildren, isOwed });
      return [];
    }
    if (this.#mayBeReplaced(parent, finding.stat.czxid)) {
      this.nodes.add({ path, withChildren, isOwed });
      return [];
    }
    const after = nodeOf(path, this.#codec, finding);
    this.picture.put(after);
    if (withChildren && finding.stat.numChildren > 0) this.#wantList(path, isOwed);
    return [{ type: 'added', path, before: undefined, after }];
  }

  /**
   * Whether `path` may have been deleted and made anew, untold, before a child of that `czxid` came: its removal is to be told before the child. Its list of children
   * has been seen with the child, or something as young, if `pzxid` says so: then it is the child's own.
   */
  #mayBeReplaced(path: string, czxid: bigint): boolean {
    const known = this.picture.get(path);
    return known !== undefined && known.stat.pzxid < czxid && this.nodes.isSuspect(path);
  }

  #reread(before: CachedNode<T>, finding: Finding): readonly NodeEvent<T>[] {
    const { path } = before;
    const isSame = isSameReading(before, finding);
    const after = isSame ? withStat(before, finding.stat) : nodeOf(path, this.#codec, finding);
    this.picture.put(after);
    return isSame ? [] : [{ type: 'changed', path, before, after }];
  }

  /** It is gone, and all below it with it. */
  #removed(path: string): readonly RemovedEvent<T>[] {
    const paths = [...this.picture.pathsBelow(path), path];
    return paths.flatMap((each) => {
      const before = this.picture.get(each);
      if (before === undefined) return [];
      this.picture.delete(each);
      // Answers under way may be from before.
      this.nodes.restart(each);
      this.lists.restart(each);
      return [{ type: 'removed', path: each, before, after: undefined } as const];
    });
  }
}
