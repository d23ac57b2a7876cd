/**
 * All of `docent/recipes`.
 */

export type { Attendance } from './barriers/attendance.ts';
export { Barrier } from './barriers/barrier.ts';
export { DoubleBarrier, type DoubleBarrierOptions } from './barriers/double-barrier.ts';
export { Config } from './config/config.ts';
export type { ConfigHistory, ConfigOptions } from './config/config-options.ts';
export type { Rejection } from './config/config-state.ts';
export type { OldValue } from './config/old-values.ts';
export type { PayloadOptions } from './discovery/instance-codec.ts';
export type { Registration } from './discovery/registration.ts';
export type { ServiceChange, ServiceDefinition } from './discovery/service-definition.ts';
export type { FoundInstance, ServiceInstance, ServiceType } from './discovery/service-instance.ts';
export { type RegisterOptions, ServiceRegistry } from './discovery/service-registry.ts';
export { uriOf } from './discovery/uri-spec.ts';
export type { DeadlockDetection } from './inspect/deadlock-detection.ts';
export { type Deadlock, findDeadlocks } from './inspect/find-deadlocks.ts';
export { type Holder, holders } from './inspect/holders.ts';
export type { LatchState } from './leader/campaign.ts';
export { LeaderLatch } from './leader/leader-latch.ts';
export { LeaderSelector, type SelectorRunOptions } from './leader/leader-selector.ts';
export type { Work } from './leader/work.ts';
export type { AcquireOptions, TryAcquireOptions } from './leases/acquire-options.ts';
export type { OnSuspended, Znode, Znodes } from './leases/basis.ts';
export type { LeaseState } from './leases/hold.ts';
export type { HoldOptions } from './leases/hold-options.ts';
export { Lease } from './leases/lease.ts';
export type { Lock, Lockable } from './leases/lockable.ts';
export type { Owner } from './leases/owner.ts';
export type { Participant } from './line/participants.ts';
export { hierarchicalLock } from './locks/hierarchical-lock.ts';
export type { Leases } from './locks/lease-limit.ts';
export { MultiLock } from './locks/multi-lock.ts';
export { type Handover, Mutex, type MutexOptions } from './locks/mutex.ts';
export { ReadWriteLock, type ReadWriteLockOptions } from './locks/read-write-lock.ts';
export { type Permits, Semaphore, type SemaphoreOptions } from './locks/semaphore.ts';
export { SemaphoreMutex, type SemaphoreMutexOptions } from './locks/semaphore-mutex.ts';
export type { PersistentNodeState } from './membership/node-state.ts';
export { PersistentNode, type PersistentNodeOptions } from './membership/persistent-node.ts';
export type { JobOptions } from './schedule/job-options.ts';
export type { JobRun, RunEvent } from './schedule/job-run.ts';
export type { BegunRun, EndedRun, JobState, Occurrence, RunOutcome } from './schedule/job-state.ts';
export { LeaderSchedule, type LeaderScheduleOptions, type RunningSchedule } from './schedule/leader-schedule.ts';
export type { Timing } from './schedule/plan.ts';
export { type ScheduledJob, ScheduledJobs } from './schedule/scheduled-jobs.ts';
export type { WaitOptions } from './wait-options.ts';
