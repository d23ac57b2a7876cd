import { z } from 'zod';
import {
  type CallOptions,
  type Client,
  ClosedError,
  joinPath,
  NodeClosedError,
  NodeExistsError,
  NoNodeError,
  parseOptions,
  whenAborted,
} from '../../src/index.ts';
import { inAnySession } from '../common/in-any-session.ts';
import { KeptNode } from './kept-node.ts';

export interface PersistentTtlNodeOptions {
  /** How long it outlives whoever keeps it, in milliseconds; and how long it may be kept by nobody while keepers take turns. */
  readonly ttlMs: number;
}

const ttlOptions = z.strictObject({
  ttlMs: z
    .int('must be a whole number of milliseconds')
    .min(2, 'must be at least 2 ms')
    .max(2 ** 40 - 1, `must be at most ${2 ** 40 - 1} ms`),
});

/**
 * A znode that is kept in being by any number of keepers, and outlives the last of them by its TTL. It is kept alive by a child, `touch`, that each keeper
 * writes to every half of the TTL, so that who watches the znode itself is not disturbed. Closing leaves it behind: the server deletes it when nobody has
 * touched it for `ttlMs`, at its next round (each minute by default).
 *
 * Otherwise as a `PersistentNode` in a lasting mode: a znode that is there already is taken over, and gets our data.
 *
 * Servers need `extendedTypesEnabled`; without, it fails with `RefusedError` (`UNIMPLEMENTED`). With a driver that has no TTL it fails with `UnsupportedError`.
 *
 * @see Curator `PersistentTtlNode`: same znodes, so both may keep one
 */
export class PersistentTtlNode extends KeptNode {
  readonly #client: Client;
  readonly #ttlMs: number;
  readonly #closing = new AbortController();
  #touching: Promise<void> | undefined;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, data: string | Uint8Array, options: PersistentTtlNodeOptions) {
    const { ttlMs } = parseOptions(ttlOptions, options, 'PersistentTtlNode.options');
    const node = { path, mode: 'persistent-with-ttl', protect: false, parents: true, ttlMs, staysBehind: true } as const;
    super(client, 'PersistentTtlNode', node, data);
    this.#client = client;
    this.#ttlMs = ttlMs;
  }

  override start(): void {
    super.start();
    // It never rejects.
    this.#touching ??= this.#touchOn();
  }

  /** Keeps it no more, for good, and leaves it behind. Idempotent, never rejects. */
  override async close(): Promise<void> {
    this.#closing.abort(new NodeClosedError(this.basePath));
    await super.close();
    await this.#touching;
  }

  async #touchOn(): Promise<void> {
    const { signal } = this.#closing;
    try {
      for (;;) {
        await this.#halfTtl(signal);
        await inAnySession(this.#client, signal, async (session) => await this.#touch({ session, signal }));
      }
    } catch (error) {
      if (!signal.aborted && error instanceof Error && !(error instanceof ClosedError)) this.#client.reportError(error);
    }
  }

  /** @returns undefined if it was made, or is gone, in between: look again */
  async #touch(limits: CallOptions): Promise<'touched' | undefined> {
    const child = joinPath(this.basePath, 'touch');
    try {
      await this.#client.set(child, '', limits);
    } catch (error) {
      if (!(error instanceof NoNodeError)) throw error;
      return await this.#makeTouch(child, limits);
    }
    return 'touched';
  }

  async #makeTouch(child: string, limits: CallOptions): Promise<'touched' | undefined> {
    try {
      await this.#client.create(child, '', { ...limits, mode: 'persistent-with-ttl', ttlMs: this.#ttlMs, idempotent: true });
    } catch (error) {
      // Another keeper was first.
      if (error instanceof NodeExistsError) return undefined;
      // The znode itself is gone: once it is made again, it has its TTL before it.
      if (!(error instanceof NoNodeError)) throw error;
    }
    return 'touched';
  }

  #halfTtl(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stopListening = whenAborted(signal, (reason) => {
        cancel();
        reject(reason);
      });
      const cancel = this.#client.clock.setTimer(
        this.#ttlMs / 2,
        () => {
          stopListening();
          resolve();
        },
        { background: true },
      );
    });
  }
}
