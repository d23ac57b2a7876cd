import { type Clock, Deadline, describeCause, RunTimeoutError } from '../../src/index.ts';
import type { Lease } from '../leases/lease.ts';
import type { Job } from './job-options.ts';
import type { BegunRun, EndedRun } from './job-state.ts';

// A history of them has to fit into a znode.
const longestError = 300;

/** Does the work of a run, to whatever end. Never rejects. @param signal of the term */
export async function carryOut(job: Job, run: BegunRun, lease: Lease, signal: AbortSignal, clock: Clock): Promise<EndedRun> {
  using deadline = new Deadline(clock, { timeoutMs: job.timeoutMs, signal }, () => new RunTimeoutError(job.name, job.timeoutMs ?? 0));
  let failure: { readonly error: unknown } | undefined;
  try {
    await job.work({ ...run, job: job.name, lease, signal: deadline.signal });
  } catch (error) {
    failure = { error };
  }
  return { ...run, endedMs: clock.wallTime(), ...verdict(deadline.signal, failure) };
}

function verdict(signal: AbortSignal, failure: { readonly error: unknown } | undefined): Pick<EndedRun, 'outcome' | 'error'> {
  const error = failure === undefined ? {} : { error: describeCause(failure.error).slice(0, longestError) };
  if (!signal.aborted) return { outcome: failure === undefined ? 'done' : 'failed', ...error };
  return { outcome: signal.reason instanceof RunTimeoutError ? 'timed-out' : 'aborted', ...error };
}
