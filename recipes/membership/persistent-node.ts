import type { Observable } from 'rxjs';
import { z } from 'zod';
import { type Client, type CreateMode, isSequential, parseOptions, validatePath, validateSequentialPath } from '../../src/index.ts';
import type { WaitOptions } from '../wait-options.ts';
import { KeptNode } from './kept-node.ts';
import type { PersistentNodeState } from './node-state.ts';

export interface PersistentNodeOptions {
  /** Default: `ephemeral`. For those with a TTL there is `PersistentTtlNode`. */
  readonly mode?: Exclude<CreateMode, 'persistent-with-ttl' | 'persistent-sequential-with-ttl'>;
  /** Put `_c_<uuid>-` before the name, so that it can be nobody else's. Default: true for sequential modes, else false. */
  readonly protect?: boolean | undefined;
  /** Make missing parents, as containers where the server has them. If not, it is made when they are there. Default: true. */
  readonly parents?: boolean;
}

const modes = ['ephemeral', 'ephemeral-sequential', 'persistent', 'persistent-sequential', 'container'] as const;

const nodeOptions = z.strictObject({
  mode: z.enum(modes, `must be one of ${modes.join(', ')}`).default('ephemeral'),
  protect: z.boolean('must be true or false').optional(),
  parents: z.boolean('must be true or false').default(true),
});

/**
 * A znode that is kept in being: made, and made again whenever it is gone, in whatever session there is, until this is closed. It holds what `setData`
 * said last.
 *
 * While the session is suspended it stays. When the session is lost, an ephemeral one goes with it, and is made again in the next. Deleted by somebody, it is made
 * again. Somebody's change of its data is left alone until the next `setData`, or until it is made again.
 *
 * An ephemeral znode of another session at its path is never taken for it: it waits until that is gone (`taken`), and tells `client.errors$` with
 * `PathTakenError` unless it is of our own earlier session. In the other modes a znode that is there already is taken over and gets our data: nothing tells who
 * made it, and a process that is started again has to find its own.
 *
 * @example
 * await using node = new PersistentNode(client, '/workers/w-17', JSON.stringify({ host }));
 * await node.created({ timeoutMs: 10_000 });
 *
 * @see Curator `PersistentNode`: same znodes
 */
export class PersistentNode implements AsyncDisposable {
  /** As it was given: without protection, and the server's number. */
  readonly basePath: string;
  readonly #node: KeptNode;

  /**
   * Does no I/O.
   *
   * @param data default: empty
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, data: string | Uint8Array = '', options: PersistentNodeOptions = {}) {
    const { mode, parents, protect = isSequential(mode) } = parseOptions(nodeOptions, options, 'PersistentNode.options');
    if (isSequential(mode)) validateSequentialPath(path, 'PersistentNode.path');
    else validatePath(path, 'PersistentNode.path');
    this.basePath = path;
    this.#node = new KeptNode(client, 'PersistentNode', { path, mode, protect, parents }, data);
  }

  /**
   * Wants it there until it is closed. Idempotent; does not wait for anything.
   *
   * @throws {NodeClosedError}
   * @throws what it has failed with
   */
  start(): void {
    this.#node.start();
  }

  /**
   * Starts it unless it is started, and resolves with its path when it is there, at once if it is. It stays started however this ends.
   *
   * @throws {NodeTimeoutError} it is not there within `timeoutMs`
   * @throws {NodeClosedError}
   * @throws what it fails with, and the signal's reason, when aborted
   */
  created(options: WaitOptions = {}): Promise<string> {
    return this.#node.created(options);
  }

  /** Where it is, with its number and protection; undefined while it is not known to be there. */
  get path(): string | undefined {
    return this.#node.path;
  }

  /** What it holds, or will when it is made. */
  get data(): Uint8Array {
    return this.#node.data;
  }

  /** The present state and each later one; completes after `closed` or `failed`. */
  get state$(): Observable<PersistentNodeState> {
    return this.#node.state$;
  }

  /**
   * From now on it holds this: of several calls the last one wins, whatever happens to connections and sessions. Resolves when the server has stored it, or
   * something later of ours; at once if it is not started.
   *
   * @param options bound the waiting, not the wish
   * @throws {NodeTimeoutError} not stored within `timeoutMs`
   * @throws {NodeClosedError}
   * @throws what it fails with, and the signal's reason, when aborted
   */
  setData(data: string | Uint8Array, options: WaitOptions = {}): Promise<void> {
    return this.#node.setData(data, options);
  }

  /**
   * Starts it, waits until it is there, does `work`, and closes it, however `work` ends; its error wins.
   *
   * @param options bound the waiting
   * @throws as `created`, and whatever `work` throws
   */
  async run<T>(work: (path: string) => Promise<T> | T, options: WaitOptions = {}): Promise<T> {
    try {
      return await work(await this.created(options));
    } finally {
      await this.close();
    }
  }

  /** Subscribing starts it; emits its path each time that it has been made; unsubscribing closes it, which is for good. Errors with what it fails with. */
  kept$(): Observable<string> {
    return this.#node.kept$();
  }

  /**
   * Takes it away, if it is ours, and never another's. For good. Idempotent, never rejects; resolves when it is gone, or the session that it is in, or
   * the client is closed.
   */
  close(): Promise<void> {
    return this.#node.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
