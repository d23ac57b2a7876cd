import type { Observable } from 'rxjs';
import { type Client, parseOptions, validatePath } from '../../src/index.ts';
import type { ZnodeKey } from '../common/per-znode.ts';
import type { AcquireOptions, TryAcquireOptions } from '../leases/acquire-options.ts';
import { type HoldOptions, holdOptions } from '../leases/hold-options.ts';
import type { Lease } from '../leases/lease.ts';
import type { Lock } from '../leases/lockable.ts';
import { Semaphore } from './semaphore.ts';

export type SemaphoreMutexOptions = HoldOptions;

/**
 * A fair lock across processes that is not reentrant: whoever holds it and asks again waits for itself. It is a semaphore with one lease, and all that
 * holds of `Semaphore` holds of it.
 *
 * Take it where Java services use Curator's; else `Mutex`, which takes fewer znodes and does not deadlock by itself.
 *
 * @see Curator `InterProcessSemaphoreMutex`: same znodes, so both may contend for one path. `InterProcessMutex` is another path's matter
 */
export class SemaphoreMutex implements Lock {
  readonly path: string;
  readonly #semaphore: Semaphore;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: SemaphoreMutexOptions = {}) {
    validatePath(path, 'SemaphoreMutex.path');
    this.path = path;
    this.#semaphore = new Semaphore(client, path, 1, parseOptions(holdOptions, options, 'SemaphoreMutex.options'));
  }

  /** As `Semaphore.znode`. */
  get znode(): ZnodeKey {
    return this.#semaphore.znode;
  }

  /** As `Semaphore.acquire`. */
  acquire(options?: AcquireOptions): Promise<Lease> {
    return this.#semaphore.acquire(options);
  }

  /** As `Semaphore.tryAcquire`. */
  tryAcquire(options?: TryAcquireOptions): Promise<Lease | null> {
    return this.#semaphore.tryAcquire(options);
  }

  /** As `Semaphore.run`. */
  run<T>(work: (lease: Lease) => Promise<T> | T, options?: AcquireOptions): Promise<T> {
    return this.#semaphore.run(work, options);
  }

  /** As `Semaphore.held$`. */
  held$(options?: Omit<AcquireOptions, 'signal'>): Observable<Lease> {
    return this.#semaphore.held$(options);
  }
}
