import type { Observable } from 'rxjs';
import { z } from 'zod';
import { AcquireTimeoutError, abortSignal, type Client, Deadline, parseOptions, positiveMs, validatePath } from '../../src/index.ts';
import { processIdentity } from '../identity.ts';
import { Hold, held, type Lease, type OnSuspended } from '../lease.ts';
import { mutexPatterns } from '../line.ts';
import { asOwner, currentOwner, enterAgain, type Owner } from '../owner.ts';
import { type Participant, participantsOf } from '../participants.ts';
import { type Line, reachFront } from '../place.ts';

export interface MutexOptions {
  /** Who we are, for people who look at the lock (`participants`, `docent holders`). Stored in the lock's znode. Default: `host:pid`. */
  readonly id?: string;
  /** Default: `keep-until-lost`. */
  readonly onSuspended?: OnSuspended;
}

export interface AcquireOptions {
  /** How long the whole call may take, in milliseconds. Default: for ever. */
  readonly timeoutMs?: number | undefined;
  /** Leaves the line when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Whose hold this is: one who holds already enters again at once. Default: the owner of the `run` around the call, else nobody. */
  readonly owner?: Owner | undefined;
  /** Told how many are ahead, at first and whenever that changes. */
  readonly onQueued?: ((position: number) => void) | undefined;
}

const mutexOptions = z.strictObject({
  id: z.string('must be a string').default(processIdentity),
  onSuspended: z.enum(['abort', 'keep-until-lost'], "must be 'abort' or 'keep-until-lost'").default('keep-until-lost'),
});

const acquireOptions = z.strictObject({
  timeoutMs: positiveMs.optional(),
  signal: abortSignal.optional(),
  owner: z.custom<Owner>((value) => typeof value === 'object' && value !== null, 'must be an object').optional(),
  onQueued: z.custom<(position: number) => void>((value) => typeof value === 'function', 'must be a function').optional(),
});

/**
 * A fair lock across processes: one holder at a time, in the order of arrival at the server. One instance can be acquired many times, by many
 * callers, and two instances on one path exclude each other like two processes.
 *
 * While the session is suspended, a place in line is kept and nothing is granted; a lease stays valid until `Session.validUntilMs`. When the
 * session is lost, leases end (`lease.signal`) and waits end with `SessionLostError`. Killing a holder frees the lock when its session expires.
 *
 * Reentrant for an owner (`AcquireOptions.owner`); `run` makes one, so nested calls enter again instead of waiting for themselves.
 *
 * @example
 * const mutex = new Mutex(client, '/locks/report');
 * await mutex.run(async (lease) => write(report, { fencingToken: lease.token }), { timeoutMs: 10_000 });
 *
 * @see Curator `InterProcessMutex`: same znodes, so both may contend for one path. go-zookeeper's and kazoo's lock znodes are respected too.
 */
export class Mutex {
  readonly path: string;
  readonly #client: Client;
  readonly #line: Line;
  readonly #id: Uint8Array;
  readonly #onSuspended: OnSuspended;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: MutexOptions = {}) {
    validatePath(path, 'Mutex.path');
    const { id, onSuspended } = parseOptions(mutexOptions, options, 'Mutex.options');
    this.path = path;
    this.#client = client;
    this.#line = { directory: path, name: 'lock-', patterns: mutexPatterns };
    this.#id = Buffer.from(id);
    this.#onSuspended = onSuspended;
  }

  /**
   * Waits in line for the lock and resolves with the lease. Free, it takes one round trip.
   *
   * However it fails, no znode is left: the place in line is given up in the background, which `client.close()` awaits.
   *
   * @throws {AcquireTimeoutError} not ours within `timeoutMs`
   * @throws {SessionLostError} the session ended while waiting
   * @throws {ConnectTimeoutError} there was no session to begin with
   * @throws {LeaseLostError} the owner's hold, which this would have entered again, is lost
   * @throws the signal's reason, when aborted
   */
  async acquire(options: AcquireOptions = {}): Promise<Lease> {
    const lease = await this.#enter(options, true);
    if (lease === null) throw new AcquireTimeoutError(this.path, options.timeoutMs ?? 0);
    return lease;
  }

  /**
   * The lease if the lock is free (or already the owner's), else null; never waits in line.
   *
   * @throws as `acquire`; `timeoutMs` bounds the round trips
   */
  async tryAcquire(options: Omit<AcquireOptions, 'onQueued'> = {}): Promise<Lease | null> {
    return await this.#enter(options, false);
  }

  /**
   * Acquires, runs `work` and releases, however `work` ends; its error wins. Calls of `work`, and all that it awaits, hold the lock already
   * and enter again.
   *
   * @throws as `acquire`, and whatever `work` throws
   */
  async run<T>(work: (lease: Lease) => Promise<T> | T, options: AcquireOptions = {}): Promise<T> {
    const owner = options.owner ?? currentOwner() ?? {};
    await using lease = await this.acquire({ ...options, owner });
    return await asOwner(owner, () => work(lease));
  }

  /** Subscribing gets in line; emits the lease; unsubscribing leaves the line or releases; errors when the lease is lost. */
  held$(options: Omit<AcquireOptions, 'signal'> = {}): Observable<Lease> {
    return held((signal) => this.acquire({ ...options, signal }));
  }

  /** Who holds and who waits, in line order; those of Curator, go-zookeeper and kazoo too. Empty if nobody does. */
  participants(): Promise<readonly Participant[]> {
    return participantsOf(this.#client, this.#line);
  }

  async #enter(options: AcquireOptions, waits: boolean): Promise<Lease | null> {
    const { timeoutMs, signal, owner = currentOwner(), onQueued } = parseOptions(acquireOptions, options, 'Mutex.acquire');
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, () => new AcquireTimeoutError(this.path, timeoutMs ?? 0));
    deadline.signal.throwIfAborted();
    const join = (whenOver: () => void) => this.#hold(deadline.signal, waits, onQueued, whenOver);
    if (owner === undefined) return (await join(() => {}))?.lease() ?? null;
    return await enterAgain(owner, this.#client, this.path, deadline.signal, join);
  }

  async #hold(
    signal: AbortSignal,
    waits: boolean,
    onQueued: ((position: number) => void) | undefined,
    whenOver: () => void,
  ): Promise<Hold | null> {
    const session = this.#client.session ?? (await this.#client.connected({ signal }));
    const positions: number[] = [];
    const onPosition = (position: number) => {
      if (positions.at(-1) === position) return;
      positions.push(position);
      onQueued?.(position);
    };
    const place = await reachFront(this.#client, this.#line, this.#id, { session, signal, onPosition, waits });
    return place === undefined ? null : new Hold(this.#client, place, positions, this.#onSuspended, whenOver);
  }
}
