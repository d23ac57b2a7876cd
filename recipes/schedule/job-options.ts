import { z } from 'zod';
import { InvalidArgumentError, parseOptions, positiveMs } from '../../src/index.ts';
import type { JobRun } from './job-run.ts';
import { type Plan, planOf, type Timing } from './plan.ts';
import { checkJobName } from './scheduled-jobs.ts';

/** One job: when it is to run, what it does, and what is to happen if that does not go smoothly. */
export type JobOptions = Timing & {
  /** What is to be done; it should stop when `run.signal` aborts. What it throws stands in the history, and the next run comes when it is due. */
  readonly work: (run: JobRun) => unknown;
  /**
   * What becomes of a run whose leader is lost, closed or killed before it ends.
   *
   * - `at-most-once` (default): it is not run again.
   * - `at-least-once`: the next leader runs it again, before anything else.
   */
  readonly guarantee?: 'at-most-once' | 'at-least-once' | undefined;
  /**
   * What becomes of runs that could not begin within `misfireAfterMs` of the time they were due, since nobody led or an earlier run was in the way.
   *
   * - `run-once` (default): one run for all of them.
   * - `run-all`: each is run, one after the other.
   * - `skip`: none is run; the next one is the next that is due.
   */
  readonly misfire?: 'run-once' | 'run-all' | 'skip' | undefined;
  /** Up to so many milliseconds late, a run is simply run. Should be more than a fail-over takes. Default: 60 000. */
  readonly misfireAfterMs?: number | undefined;
  /**
   * What becomes of a run that is due while another run of the job is under way.
   *
   * - `queue` (default): it begins when that has ended.
   * - `skip`: it is passed over.
   * - `allow`: it begins beside it.
   */
  readonly overlap?: 'queue' | 'skip' | 'allow' | undefined;
  /** After so many milliseconds the run's signal aborts, with `RunTimeoutError`. Default: never. */
  readonly timeoutMs?: number | undefined;
};

/** A job, its options read. */
export interface Job {
  readonly name: string;
  readonly plan: Plan;
  readonly work: (run: JobRun) => unknown;
  readonly guarantee: 'at-most-once' | 'at-least-once';
  readonly misfire: 'run-once' | 'run-all' | 'skip';
  readonly misfireAfterMs: number;
  readonly overlap: 'queue' | 'skip' | 'allow';
  readonly timeoutMs: number | undefined;
}

const jobOptions = z.strictObject({
  cron: z.string('must be a cron expression').optional(),
  timeZone: z.string('must be the name of a time zone').optional(),
  everyMs: z.int('must be a whole number of milliseconds').positive('must be greater than 0 ms').optional(),
  work: z.custom<Job['work']>((value) => typeof value === 'function', 'must be a function'),
  guarantee: z.enum(['at-most-once', 'at-least-once'], "must be 'at-most-once' or 'at-least-once'").default('at-most-once'),
  misfire: z.enum(['run-once', 'run-all', 'skip'], "must be 'run-once', 'run-all' or 'skip'").default('run-once'),
  misfireAfterMs: positiveMs.default(60_000),
  overlap: z.enum(['queue', 'skip', 'allow'], "must be 'queue', 'skip' or 'allow'").default('queue'),
  timeoutMs: positiveMs.optional(),
});

/** @throws {InvalidArgumentError} */
export function readJob(name: string, options: JobOptions, nowMs: number): Job {
  const field = `LeaderSchedule.jobs.${name}`;
  checkJobName(name, field);
  const { cron, timeZone, everyMs, timeoutMs, ...rest } = parseOptions(jobOptions, options, field);
  const plan = planOf(timingOf(cron, timeZone, everyMs, field), field);
  // Finds out now whether it ever comes to pass.
  plan.next(nowMs, nowMs);
  return { name, plan, timeoutMs, ...rest };
}

function timingOf(cron: string | undefined, timeZone: string | undefined, everyMs: number | undefined, field: string): Timing {
  if (cron !== undefined && everyMs === undefined) return { cron, timeZone };
  if (everyMs !== undefined && cron === undefined && timeZone === undefined) return { everyMs };
  throw new InvalidArgumentError(field, { cron, timeZone, everyMs }, 'must have either `cron`, with or without `timeZone`, or `everyMs`');
}
