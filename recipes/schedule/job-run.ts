import type { Lease } from '../leases/lease.ts';
import type { BegunRun, EndedRun } from './job-state.ts';

/** What the work of a job is told. */
export interface JobRun extends BegunRun {
  /** Name of the job. */
  readonly job: string;
  /** Aborted when the leadership is lost or given up, or the time is up: stop then. A run that ends after that has not been done. */
  readonly signal: AbortSignal;
  /** The leadership: `lease.check()` guards a transaction, `lease.token` is the fencing token. */
  readonly lease: Lease;
}

/** What becomes of a run in this process. */
export type RunEvent =
  | { readonly kind: 'begun'; readonly job: string; readonly run: BegunRun }
  | { readonly kind: 'ended'; readonly job: string; readonly run: EndedRun };
