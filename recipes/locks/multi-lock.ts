import type { Observable } from 'rxjs';
import { type Client, InternalError, InvalidArgumentError, whenAborted } from '../../src/index.ts';
import type { AcquireOptions, TryAcquireOptions } from '../leases/acquire-options.ts';
import type { Basis } from '../leases/basis.ts';
import { type Entry, Gate } from '../leases/gate.ts';
import type { Lease } from '../leases/lease.ts';
import { LeasesBasis } from '../leases/leases-basis.ts';
import type { Lockable } from '../leases/lockable.ts';

/**
 * Several locks as one, all or nothing, of any kind: mutexes, either side of read-write locks, semaphores, other `MultiLock`s.
 *
 * They are taken one after the other in the order of their whole paths, namespaces and all, whatever the order in which they are given, so that two `MultiLock`s
 * never wait for each other. The lease is valid as long as those of all are, and releasing it gives all back. What else holds of suspension and loss holds of each of them.
 *
 * Each lock has a fencing token of its own (`lease.znodes`): give to what a lock guards the token of that lock. `lease.token` is that of the first.
 *
 * @example
 * const both = new MultiLock(client, [new Mutex(client, '/accounts/alice'), new Mutex(client, '/accounts/bob')]);
 * await both.run(async () => transfer('alice', 'bob', 100), { timeoutMs: 10_000 });
 *
 * @see Curator `InterProcessMultiLock`, which takes them in the order given
 */
export class MultiLock implements Lockable {
  /** The paths of all, for people. */
  readonly path: string;
  readonly #client: Client;
  readonly #locks: readonly Lockable[];

  /**
   * Does no I/O.
   *
   * @param locks at least one, each of another path
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, locks: readonly Lockable[]) {
    const all = locks.flatMap((lock) => (lock instanceof MultiLock ? lock.#locks : lock));
    if (all.length === 0) throw new InvalidArgumentError('MultiLock.locks', locks, 'must be one or more');
    const sorted = all.map((lock) => ({ lock, path: lock.znode?.path ?? client.absolutePath(lock.path) })).toSorted(byPath);
    const twice = sorted.find(({ path }, index) => path === sorted[index + 1]?.path);
    if (twice !== undefined) throw new InvalidArgumentError('MultiLock.locks', twice.path, 'must each have a path of its own');
    this.#locks = sorted.map(({ lock }) => lock);
    this.path = this.#locks.map(({ path }) => path).join(', ');
    this.#client = client;
  }

  /**
   * Waits for one lock after the other and resolves with the lease of all.
   *
   * @throws as the locks' own; then all that were taken already have been given back. `LeaseLostError` if one of those is lost while others are waited for
   */
  async acquire({ deadlock, ...options }: AcquireOptions = {}): Promise<Lease> {
    return await this.#gate(deadlock).acquire(options);
  }

  /** The lease if all are free, else null; never waits in line. */
  async tryAcquire(options?: TryAcquireOptions): Promise<Lease | null> {
    return await this.#gate().tryAcquire(options);
  }

  /** Acquires, runs `work` and releases, however `work` ends; its error wins. Calls of `work` hold the locks already, and enter those again that allow it. */
  async run<T>(work: (lease: Lease) => Promise<T> | T, { deadlock, ...options }: AcquireOptions = {}): Promise<T> {
    return await this.#gate(deadlock).run(work, options);
  }

  /** Subscribing begins to acquire; emits the lease; unsubscribing gives all up or back; errors when one of the leases is lost. */
  held$({ deadlock, ...options }: Omit<AcquireOptions, 'signal'> = {}): Observable<Lease> {
    return this.#gate(deadlock).held$(options);
  }

  /** Deadlocks are looked for where the waiting is done. */
  #gate(deadlock?: AcquireOptions['deadlock']): Gate {
    return new Gate(this.#client, { path: this.path, recipe: 'MultiLock', take: (entry) => this.#take(entry, deadlock) });
  }

  async #take({ caller, signal, waits, onPosition }: Entry, deadlock: AcquireOptions['deadlock']): Promise<Basis | null> {
    using taking = new Taking(signal);
    for (const lock of this.#locks) {
      const bounds = { owner: caller, signal: taking.signal };
      const lease = waits ? await lock.acquire({ ...bounds, onQueued: onPosition, deadlock }) : await lock.tryAcquire(bounds);
      if (lease === null) return null;
      taking.add(lease);
    }
    return taking.complete();
  }
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}

/** Leases that are taken one after the other. Unless all are, disposing of it gives them back. */
class Taking implements Disposable {
  readonly #leases: Lease[] = [];
  readonly #interest = new AbortController();
  readonly #stops: (() => void)[] = [];
  #isComplete = false;

  constructor(signal: AbortSignal) {
    this.#stops.push(whenAborted(signal, (reason) => this.#interest.abort(reason)));
  }

  /** Aborts with the caller's, and when one of the leases is lost: the others are worth nothing then. */
  get signal(): AbortSignal {
    return this.#interest.signal;
  }

  add(lease: Lease): void {
    this.#leases.push(lease);
    this.#stops.push(whenAborted(lease.signal, (reason) => this.#interest.abort(reason)));
  }

  complete(): Basis {
    this.signal.throwIfAborted();
    const [first, ...others] = this.#leases;
    if (first === undefined) throw new InternalError('a MultiLock has at least one lock');
    this.#isComplete = true;
    return new LeasesBasis([first, ...others]);
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops) stop();
    if (this.#isComplete) return;
    for (const lease of this.#leases.toReversed()) {
      // In the background: it never rejects, and `client.close()` waits for it.
      void lease.release();
    }
  }
}
