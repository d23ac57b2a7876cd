import type { AcquireOptions, TryAcquireOptions } from './acquire-options.ts';
import type { Lease } from './lease.ts';

/** Whatever gives out leases: a mutex, either side of a read-write lock, a semaphore, several of them at once. */
export interface Lockable {
  readonly path: string;
  /** Waits in line. */
  acquire(options?: AcquireOptions): Promise<Lease>;
  /** Does not wait in line: null if it is not free. */
  tryAcquire(options?: TryAcquireOptions): Promise<Lease | null>;
}
