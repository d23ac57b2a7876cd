import { distinctUntilChanged, map, type Observable } from 'rxjs';
import {
  BarrierTimeoutError,
  type CallOptions,
  type Client,
  Deadline,
  NodeExistsError,
  NoNodeError,
  parseOptions,
  validatePath,
} from '../../src/index.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import { whileItHeals } from '../common/while-it-heals.ts';

/**
 * Holds everybody up while it is set: those who wait go on when it is removed, all at once.
 *
 * It belongs to nobody: whoever set it may be gone and it still stands, until anybody removes it. A wait outlives outages and sessions; while
 * there is no contact nobody is let through.
 *
 * @example
 * const barrier = new Barrier(client, '/maintenance');
 * await barrier.waitOn({ timeoutMs: 60_000 });
 *
 * @see Curator `DistributedBarrier`: same znode, so both may set, remove and wait
 */
export class Barrier {
  readonly path: string;
  readonly #client: Client;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string) {
    validatePath(path, 'Barrier.path');
    this.path = path;
    this.#client = client;
  }

  /** Sets it, with missing parents. One that is set stays so. */
  async set(options: Omit<CallOptions, 'session'> = {}): Promise<void> {
    try {
      await this.#client.create(this.path, null, { ...options, parents: true, idempotent: true });
    } catch (error) {
      if (!(error instanceof NodeExistsError)) throw error;
    }
  }

  /**
   * Removes it, and all who wait go on. One that is not set is fine.
   *
   * @throws {OutcomeUnknownError} the reply was lost, and it is set now: by somebody anew, or still
   */
  async remove(options: Omit<CallOptions, 'session'> = {}): Promise<void> {
    try {
      await this.#client.delete(this.path, { ...options, idempotent: true });
    } catch (error) {
      if (!(error instanceof NoNodeError)) throw error;
    }
  }

  /**
   * Resolves when it is not set: at once, in one round trip, or when somebody removes it. One that is removed and set again so fast that it is seen
   * set goes on holding us up.
   *
   * @throws {BarrierTimeoutError} still set after `timeoutMs`, or no server to ask
   * @throws the signal's reason, when aborted
   */
  async waitOn(options: WaitOptions = {}): Promise<void> {
    const { timeoutMs, signal } = parseOptions(waitOptions, options, 'Barrier.waitOn');
    const late = () => new BarrierTimeoutError(this.path, timeoutMs ?? 0, 'the barrier is not known to be removed');
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, late);
    deadline.signal.throwIfAborted();
    const ask = () => this.#client.whenChanged(this.path, { signal: deadline.signal });
    while ((await whileItHeals(this.#client, deadline.signal, ask)) === 'changed');
  }

  /** Is it set? Now, and whenever that changes. Silent while there is no contact; errors with what cannot heal, as `Client.watch` does. */
  get isSet$(): Observable<boolean> {
    return this.#client.data$(this.path).pipe(
      map((node) => node !== null),
      distinctUntilChanged(),
    );
  }
}
