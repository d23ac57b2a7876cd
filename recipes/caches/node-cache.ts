import { distinctUntilChanged, map, type Observable } from 'rxjs';
import { type Client, validatePath } from '../../src/index.ts';
import { type CacheOptions, validateCacheOptions } from './cache-options.ts';
import type { CachedNode, CacheEvent } from './cached-node.ts';
import { PartOfTree } from './part-of-tree.ts';
import { TreeCache } from './tree-cache.ts';

/**
 * A live local picture of one znode, with its value. It need not exist yet. What is promised is what `TreeCache` promises.
 *
 * @example
 * await using settings = new NodeCache(client, '/settings', { codec: json(schema) });
 * settings.node$.subscribe((node) => apply(node?.value));
 * await settings.start({ timeoutMs: 10_000 });
 *
 * @see Curator `NodeCache`
 */
export class NodeCache<T = Uint8Array> extends PartOfTree<T> {
  readonly #tree: TreeCache<T>;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: CacheOptions<T> = {}) {
    validatePath(path, 'NodeCache.path');
    validateCacheOptions(options, 'NodeCache');
    const tree = new TreeCache<T>(client, path, { ...options, maxDepth: 0 });
    super(tree);
    this.#tree = tree;
  }

  /** The znode, if there is one. */
  get(): CachedNode<T> | undefined {
    return this.#tree.get(this.path);
  }

  /** As `TreeCache.events$`. */
  get events$(): Observable<CacheEvent<T>> {
    return this.#tree.events$;
  }

  /** The znode, once it is known whether there is one, and whenever that changes; undefined for none. Completes and errors as `events$` does. */
  get node$(): Observable<CachedNode<T> | undefined> {
    return this.#tree.nodes$.pipe(
      map((nodes) => nodes.get(this.path)),
      distinctUntilChanged(),
    );
  }
}
