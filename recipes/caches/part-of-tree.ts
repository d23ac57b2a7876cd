import type { Observable } from 'rxjs';
import type { WaitOptions } from '../common/wait-options.ts';
import type { CacheState } from './cached-node.ts';
import type { TreeCache } from './tree-cache.ts';

/** What the caches have in common that show some part of a tree. */
export abstract class PartOfTree<T> implements AsyncDisposable {
  readonly #tree: TreeCache<T>;

  protected constructor(tree: TreeCache<T>) {
    this.#tree = tree;
  }

  /** The znode that it is about. */
  get path(): string {
    return this.#tree.path;
  }

  /**
   * Begins to watch and to read, in this tick, and resolves when the first picture is whole; it is empty if there is no such znode. Waits for contact as long as
   * it takes. Idempotent: whoever calls it again waits for the same.
   *
   * @throws {CacheNotReadyError} not within `timeoutMs`. It goes on reading; so it does when the signal aborts
   * @throws {CacheClosedError}
   * @throws what it has failed with, and the signal's reason, when aborted
   */
  start(options: WaitOptions = {}): Promise<void> {
    return this.#tree.start(options);
  }

  /**
   * Resolves when the picture has all that anybody has written before the call. Starts the cache if it was not.
   *
   * @throws as `start` does
   */
  synced(options: WaitOptions = {}): Promise<void> {
    return this.#tree.synced(options);
  }

  /** Takes the watches off the server, completes the streams, and forgets the picture. Idempotent, never rejects. */
  close(): Promise<void> {
    return this.#tree.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What it is going through. */
  get state(): CacheState['kind'] {
    return this.#tree.state;
  }

  /** What it is going through, now and later; completes after `closed` or `failed`. */
  get state$(): Observable<CacheState> {
    return this.#tree.state$;
  }
}
