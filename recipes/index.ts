/**
 * All of `docent/recipes`.
 */
export type { AcquireOptions, TryAcquireOptions } from './acquire-options.ts';
export type { OnSuspended, Znode, Znodes } from './basis.ts';
export type { LeaseState } from './hold.ts';
export type { HoldOptions } from './hold-options.ts';
export { Lease } from './lease.ts';
export type { Lockable } from './lockable.ts';
export { Mutex, type MutexOptions } from './locks/mutex.ts';
export type { Owner } from './owner.ts';
export type { Participant } from './participants.ts';
