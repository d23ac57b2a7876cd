import type { Observable } from 'rxjs';
import type { ZnodeKey } from '../common/per-znode.ts';
import type { AcquireOptions, TryAcquireOptions } from './acquire-options.ts';
import type { Lease } from './lease.ts';

/** Whatever gives out leases: a mutex, either side of a read-write lock, a semaphore, several of them at once. */
export interface Lockable {
  readonly path: string;
  /** Which znode that is, whatever the namespace it was named in: what a `MultiLock` goes by. Default: the one at `path`, as its own client sees it. */
  readonly znode?: ZnodeKey;
  /**
   * Waits in line and resolves with the lease. However it fails, no znode is left: the place in line is given up in the background, which
   * `client.close()` awaits.
   *
   * @throws {AcquireTimeoutError} not ours within `timeoutMs`
   * @throws {SessionLostError} the session ended while waiting
   * @throws {ConnectTimeoutError} there was no session to begin with
   * @throws {LeaseLostError} the owner's hold, which this would have entered again, is lost
   * @throws the signal's reason, when aborted
   */
  acquire(options?: AcquireOptions): Promise<Lease>;
  /**
   * The lease if it is free (or already the owner's), else null; never waits in line.
   *
   * @throws as `acquire`; `timeoutMs` bounds the round trips
   */
  tryAcquire(options?: TryAcquireOptions): Promise<Lease | null>;
}

/** The same, in all three ways of use. */
export interface Lock extends Lockable {
  /** Acquires, runs `work` and releases, however `work` ends; its error wins. Calls of `work`, and all that it awaits, hold the lock already. */
  run<T>(work: (lease: Lease) => Promise<T> | T, options?: AcquireOptions): Promise<T>;
  /** Subscribing gets in line; emits the lease; unsubscribing leaves the line or releases; errors when the lease is lost. */
  held$(options?: Omit<AcquireOptions, 'signal'>): Observable<Lease>;
}
