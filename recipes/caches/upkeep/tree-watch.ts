import type { Subscription } from 'rxjs';
import { type Client, ClosedError, NoAuthError, type WatchEvent } from '../../../src/index.ts';

/** Who is told. */
export interface TreeWatchListener {
  told(event: WatchEvent): void;
  /** Nothing will be told any more. */
  failed(error: unknown): void;
}

/** Tells what happens in a tree: by one watch for all of it where driver and server have such, else by a watch on each znode that is followed. */
export class TreeWatch {
  /** Whether it tells of each znode that is made, instead of changed lists of children. */
  readonly isRecursive: boolean;
  readonly #client: Client;
  readonly #root: string;
  readonly #isDeep: boolean;
  readonly #listener: TreeWatchListener;
  readonly #watches = new Map<string, Subscription>();

  /** @param isDeep whether there is anything to watch below the root */
  constructor(client: Client, root: string, isDeep: boolean, listener: TreeWatchListener) {
    this.isRecursive = client.capabilities.persistentWatches;
    this.#client = client;
    this.#root = root;
    this.#isDeep = isDeep;
    this.#listener = listener;
  }

  /** Begins to watch the znode in this tick, unless it is watched already. */
  follow(path: string): void {
    if (this.#watches.has(path) || (this.isRecursive && path !== this.#root)) return;
    const watching = this.#client.watch(path, { recursive: this.isRecursive && this.#isDeep }).subscribe({
      next: (event) => this.#listener.told(event),
      error: (error: unknown) => this.#failed(path, error),
      complete: () => this.#listener.failed(new ClosedError(`watch ${path}`)),
    });
    this.#watches.set(path, watching);
  }

  /** It is not there any more. The root is watched all the same: it may come. */
  unfollow(path: string): void {
    if (path === this.#root) return;
    this.#watches.get(path)?.unsubscribe();
    this.#watches.delete(path);
  }

  close(): void {
    for (const watching of this.#watches.values()) watching.unsubscribe();
    this.#watches.clear();
  }
  /** Of one that we may not read nothing is told but by its parent's list of children. */
  #failed(path: string, error: unknown): void {
    if (path === this.#root || !(error instanceof NoAuthError)) this.#listener.failed(error);
  }
}
