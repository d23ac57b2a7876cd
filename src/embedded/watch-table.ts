import { parentOf } from '../path.ts';

export type WatchMode = 'one-shot' | 'persistent' | 'persistent-recursive';

/**
 * Watches on paths, each in one mode: a later watch of the same watcher on the same path replaces the earlier, so a one-shot watch takes a
 * persistent one's place, and goes.
 *
 * @see ZooKeeper `WatchManager`, `WatcherModeManager` as they are in 3.8 (3.9 keeps the modes apart)
 */
export class WatchTable<W> {
  readonly #byPath = new Map<string, Map<W, WatchMode>>();
  readonly #byWatcher = new Map<W, Set<string>>();
  #recursive = 0;

  get count(): number {
    return this.countUnless(() => false);
  }

  countUnless(leaveOut: (watcher: W, path: string, mode: WatchMode) => boolean): number {
    let count = 0;
    for (const [path, watchers] of this.#byPath) {
      for (const [watcher, mode] of watchers) if (!leaveOut(watcher, path, mode)) count += 1;
    }
    return count;
  }

  modeOf(watcher: W, path: string): WatchMode | undefined {
    return this.#byPath.get(path)?.get(watcher);
  }

  pathsOf(watcher: W): Iterable<string> {
    return this.#byWatcher.get(watcher) ?? [];
  }

  add(path: string, watcher: W, mode: WatchMode): void {
    this.remove(path, watcher);
    entry(this.#byPath, path, () => new Map<W, WatchMode>()).set(watcher, mode);
    entry(this.#byWatcher, watcher, () => new Set<string>()).add(path);
    if (mode === 'persistent-recursive') this.#recursive += 1;
  }

  /** @returns whether there was one */
  remove(path: string, watcher: W): boolean {
    const watchers = this.#byPath.get(path);
    const mode = watchers?.get(watcher);
    if (watchers === undefined || mode === undefined) return false;
    watchers.delete(watcher);
    if (watchers.size === 0) this.#byPath.delete(path);
    const paths = this.#byWatcher.get(watcher);
    paths?.delete(path);
    if (paths?.size === 0) this.#byWatcher.delete(watcher);
    if (mode === 'persistent-recursive') this.#recursive -= 1;
    return true;
  }

  removeAll(watcher: W): void {
    for (const path of [...(this.#byWatcher.get(watcher) ?? [])]) this.remove(path, watcher);
  }

  /**
   * Whom a change at `path` is to be told, each once. One-shot watches are used up.
   *
   * @param recursive whether the recursive watches of the path and of all above it hear of it too
   */
  trigger(path: string, recursive: boolean): readonly W[] {
    const told: W[] = [];
    for (const [watcher, mode] of [...(this.#byPath.get(path) ?? [])]) {
      if (mode === 'persistent-recursive') continue;
      told.push(watcher);
      if (mode === 'one-shot') this.remove(path, watcher);
    }
    if (!recursive || this.#recursive === 0) return told;
    for (const above of lineage(path)) {
      for (const [watcher, mode] of this.#byPath.get(above) ?? []) {
        if (mode === 'persistent-recursive' && !told.includes(watcher)) told.push(watcher);
      }
    }
    return told;
  }
}

/** The path and all above it, nearest first. */
function lineage(path: string): readonly string[] {
  const paths = [path];
  for (let at = path; at !== '/'; at = paths.at(-1) ?? '/') paths.push(parentOf(at));
  return paths;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const fresh = make();
  map.set(key, fresh);
  return fresh;
}
