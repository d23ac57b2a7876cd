import { parentOf } from '../../../src/index.ts';
import type { CachedNode } from '../cached-node.ts';

const none: ReadonlySet<string> = new Set();

/** The znodes that a cache knows, and who is below whom. Holds what it is given; what to give is decided elsewhere. */
export class Picture<T> {
  readonly #nodes = new Map<string, CachedNode<T>>();
  /** Paths of the children, of those znodes that have some. Paths instead of names: they are there already. */
  readonly #children = new Map<string, Set<string>>();
  #bytes = 0;

  get size(): number {
    return this.#nodes.size;
  }

  /** Of data and paths, as they are on the server. */
  get bytes(): number {
    return this.#bytes;
  }

  get(path: string): CachedNode<T> | undefined {
    return this.#nodes.get(path);
  }

  nodes(): Iterable<CachedNode<T>> {
    return this.#nodes.values();
  }

  /** A copy. */
  byPath(): Map<string, CachedNode<T>> {
    return new Map(this.#nodes);
  }

  childPaths(path: string): ReadonlySet<string> {
    return this.#children.get(path) ?? none;
  }

  /** Paths of all below `path`, each before its parent. */
  pathsBelow(path: string): readonly string[] {
    const found = [...this.childPaths(path)];
    // It grows while it is walked.
    for (const each of found) for (const child of this.childPaths(each)) found.push(child);
    return found.reverse();
  }

  put(node: CachedNode<T>): void {
    const { path } = node;
    const before = this.#nodes.get(path);
    if (before === undefined) this.#join(path);
    this.#bytes += weight(node) - (before === undefined ? 0 : weight(before));
    this.#nodes.set(path, node);
  }

  delete(path: string): void {
    const node = this.#nodes.get(path);
    if (node === undefined) return;
    this.#nodes.delete(path);
    this.#bytes -= weight(node);
    const parent = parentOf(path);
    const siblings = this.#children.get(parent);
    siblings?.delete(path);
    if (siblings?.size === 0) this.#children.delete(parent);
  }

  clear(): void {
    this.#nodes.clear();
    this.#children.clear();
    this.#bytes = 0;
  }

  #join(path: string): void {
    if (path === '/') return;
    const parent = parentOf(path);
    const siblings = this.#children.get(parent);
    if (siblings === undefined) this.#children.set(parent, new Set([path]));
    else siblings.add(path);
  }
}

function weight({ path, stat }: CachedNode<unknown>): number {
  return path.length + stat.dataLength;
}
