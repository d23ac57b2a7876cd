/**
 * All of `docent/recipes`.
 */
export { Lease, type LeaseState, type OnSuspended } from './lease.ts';
export { type AcquireOptions, Mutex, type MutexOptions } from './locks/mutex.ts';
export type { Owner } from './owner.ts';
export type { Participant } from './participants.ts';
