import type { Acl } from '../znode.ts';
import { type WatchMode, WatchTable } from './watch-table.ts';

/** Something that happened to the znode at `path`. */
export interface Change {
  readonly kind: 'created' | 'deleted' | 'changed' | 'children';
  readonly path: string;
  /** Who may read of it; undefined if that has been asked already. */
  readonly acl?: readonly Acl[];
}

/** Who is told: a connection, since watches end with it. */
export interface Watcher {
  notify(change: Change): void;
}

/** Which of the two tables an operation on watches means. */
export type WatchTarget = 'children' | 'data' | 'any';

/**
 * Who waits for what. Two tables, as in ZooKeeper, since a znode's data and its list of children are watched apart.
 *
 * @see ZooKeeper `DataTree` (3.8), its `dataWatches` and `childWatches`
 */
export class Watches {
  readonly #data = new WatchTable<Watcher>();
  readonly #children = new WatchTable<Watcher>();

  /** Live watches of all; one that stands in both tables counts once. */
  get count(): number {
    return (
      this.#data.count +
      this.#children.countUnless((watcher, path, mode) => mode !== 'one-shot' && this.#data.modeOf(watcher, path) === mode)
    );
  }

  /** What the watcher watches in any way, each once. */
  pathsOf(watcher: Watcher): readonly string[] {
    return [...new Set([...this.#data.pathsOf(watcher), ...this.#children.pathsOf(watcher)])];
  }

  watchData(path: string, watcher: Watcher): void {
    this.#data.add(path, watcher, 'one-shot');
  }

  watchChildren(path: string, watcher: Watcher): void {
    this.#children.add(path, watcher, 'one-shot');
  }

  watchForGood(path: string, watcher: Watcher, mode: Exclude<WatchMode, 'one-shot'>): void {
    this.#data.add(path, watcher, mode);
    this.#children.add(path, watcher, mode);
  }

  has(path: string, watcher: Watcher, target: WatchTarget): boolean {
    return this.#tables(target).some((table) => table.modeOf(watcher, path) !== undefined);
  }

  /** @returns whether there was one */
  remove(path: string, watcher: Watcher, target: WatchTarget): boolean {
    return this.#tables(target).reduce((removed, table) => table.remove(path, watcher) || removed, false);
  }

  removeAll(watcher: Watcher): void {
    this.#data.removeAll(watcher);
    this.#children.removeAll(watcher);
  }

  /** Tells of changes, in order. Nobody is told twice of one deletion. */
  tell(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === 'children') {
        for (const watcher of this.#children.trigger(change.path, false)) watcher.notify(change);
        continue;
      }
      const told = this.#data.trigger(change.path, true);
      const alsoTold = change.kind === 'deleted' ? this.#children.trigger(change.path, true) : [];
      for (const watcher of new Set([...told, ...alsoTold])) watcher.notify(change);
    }
  }

  #tables(target: WatchTarget): readonly WatchTable<Watcher>[] {
    if (target === 'any') return [this.#children, this.#data];
    return [target === 'data' ? this.#data : this.#children];
  }
}
