import { filter, map, type Observable } from 'rxjs';
import { type Client, joinPath, nameOf, validatePath } from '../../src/index.ts';
import { type CacheOptions, validateCacheOptions } from './cache-options.ts';
import type { CachedNode, CacheEvent } from './cached-node.ts';
import { PartOfTree } from './part-of-tree.ts';
import { TreeCache } from './tree-cache.ts';

/**
 * A live local picture of the children of a znode, with their values. The znode itself is no part of it, nor is what is below the children; it need not exist
 * yet. What is promised is what `TreeCache` promises.
 *
 * @example
 * await using instances = new ChildrenCache(client, '/services/search', { codec: json(instance) });
 * await instances.start({ timeoutMs: 10_000 });
 * for (const { value } of instances.entries()) if (value !== undefined) offer(value);
 *
 * @see Curator `PathChildrenCache`
 */
export class ChildrenCache<T = Uint8Array> extends PartOfTree<T> {
  readonly #tree: TreeCache<T>;

  /**
   * Does no I/O.
   *
   * @param path of the parent
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: CacheOptions<T> = {}) {
    validatePath(path, 'ChildrenCache.path');
    validateCacheOptions(options, 'ChildrenCache');
    const tree = new TreeCache<T>(client, path, { ...options, maxDepth: 1 });
    super(tree);
    this.#tree = tree;
  }

  /** The child of that name, if there is one. */
  get(name: string): CachedNode<T> | undefined {
    return this.#tree.get(joinPath(this.path, name));
  }

  /** Of the children, sorted. */
  get names(): readonly string[] {
    return this.#tree.children(this.path);
  }

  /** The children, in no order. Of the picture as it is: what changes while you walk may or may not be met. */
  *entries(): Iterable<CachedNode<T>> {
    for (const node of this.#tree.entries()) if (node.path !== this.path) yield node;
  }

  /** How many children there are. */
  get size(): number {
    return this.#tree.size - (this.#tree.get(this.path) === undefined ? 0 : 1);
  }

  /** As `TreeCache.events$`, of the children; paths are whole paths. */
  get events$(): Observable<CacheEvent<T>> {
    return this.#tree.events$.pipe(filter(({ type, path }) => type === 'resync' || path !== this.path));
  }

  /** As `TreeCache.nodes$`, by name. */
  get nodes$(): Observable<ReadonlyMap<string, CachedNode<T>>> {
    return this.#tree.nodes$.pipe(map((nodes) => this.#byName(nodes)));
  }

  #byName(nodes: ReadonlyMap<string, CachedNode<T>>): ReadonlyMap<string, CachedNode<T>> {
    const named = [...nodes.values()].map((node) => [nameOf(node.path), node] as const);
    return new Map(named.filter(([, { path }]) => path !== this.path));
  }
}
