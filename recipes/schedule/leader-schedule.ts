import { Observable, Subject } from 'rxjs';
import { z } from 'zod';
import {
  abortSignal,
  type Client,
  type Clock,
  joinPath,
  never,
  parseOptions,
  ScheduleStoppedError,
  validatePath,
  whenAborted,
} from '../../src/index.ts';
import { completeOnClose } from '../common/closing.ts';
import { LeaderLatch } from '../leader/leader-latch.ts';
import { type HoldOptions, holdOptions } from '../leases/hold-options.ts';
import type { Lease } from '../leases/lease.ts';
import { type Job, type JobOptions, readJob } from './job-options.ts';
import type { RunEvent } from './job-run.ts';
import { JobRunner } from './job-runner.ts';
import { ScheduledJobs } from './scheduled-jobs.ts';

export interface LeaderScheduleOptions extends HoldOptions {
  /** By name. The leader's are in force, so all instances should be given the same. */
  readonly jobs: Readonly<Record<string, JobOptions>>;
  /** How many ended runs of each job its znode keeps. Default: 20. */
  readonly history?: number | undefined;
  /** Decides what is due, by its `wallTime`, and times runs. Default: the client's. With one of its own, jobs can be tested without waiting for them. */
  readonly clock?: Clock | undefined;
}

/** A schedule that takes part. */
export interface RunningSchedule extends AsyncDisposable {
  /** Tells runs to stop, awaits them, notes what became of them and hands over to the next leader. Idempotent, never rejects. */
  stop(): Promise<void>;
}

const scheduleOptions = z.strictObject({
  ...holdOptions.shape,
  jobs: z.record(
    z.string(),
    z.custom<JobOptions>((value) => typeof value === 'object' && value !== null, 'must be an object'),
  ),
  history: z.int('must be a whole number').min(0, 'must be 0 or more').max(1_000, 'must be 1 000 at most').default(20),
  clock: z.custom<Clock>((value) => typeof value === 'object' && value !== null, 'must be a Clock').optional(),
});

/**
 * Jobs that are run by one of many instances at a time: by the leader. What has been run and what comes next is kept in ZooKeeper, so the next leader goes on
 * where the last one was: by default no run is left out and none is done twice, but for what a leader was doing when it died, which is the job's
 * `guarantee`.
 *
 * While the session is suspended, runs go on until `Session.validUntilMs` and none begins. When it is lost, runs are told to stop and awaited, and the instance
 * gets in line again. A run that goes on nevertheless is beside the next leader's: give `run.token` to what the work changes.
 *
 * @example
 * const schedule = new LeaderSchedule(client, '/schedules/reports', {
 *   jobs: { nightly: { cron: '0 3 * * *', timeZone: 'Europe/Berlin', work: (run) => makeReport(run.signal) } },
 * });
 * await schedule.run({ signal: shutdown });
 */
export class LeaderSchedule {
  readonly path: string;
  /** To look at all jobs, and to pause, resume and trigger them. */
  readonly jobs: ScheduledJobs;
  /** Who leads. */
  readonly latch: LeaderLatch;
  readonly #client: Client;
  readonly #jobs: readonly Job[];
  readonly #id: string;
  readonly #clock: Clock;
  readonly #historyLength: number;
  readonly #events$ = new Subject<RunEvent>();

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: LeaderScheduleOptions) {
    validatePath(path, 'LeaderSchedule.path');
    const { jobs, history, clock = client.clock, ...hold } = parseOptions(scheduleOptions, options, 'LeaderSchedule.options');
    const nowMs = clock.wallTime();
    this.path = path;
    this.jobs = new ScheduledJobs(client, path);
    this.latch = new LeaderLatch(client, joinPath(path, 'leader'), hold);
    this.#client = client;
    this.#jobs = Object.entries(jobs).map(([name, job]) => readJob(name, job, nowMs));
    this.#id = hold.id;
    this.#clock = clock;
    this.#historyLength = history;
  }

  /** What is run in this process, as it begins and ends; hot. For all instances, look at `jobs.list$`. */
  get runs$(): Observable<RunEvent> {
    return this.#events$.asObservable();
  }

  /**
   * Takes part until the signal aborts: stands for leader, and runs the jobs while it leads. Resolves when runs that were told to stop have ended, and
   * another may lead.
   *
   * @throws what cannot heal: no permission, refused credentials, a closed client, a path in use by another recipe
   */
  async run({ signal = never }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    parseOptions(abortSignal, signal, 'LeaderSchedule.run.signal');
    try {
      await this.latch.run((lease, over) => this.#lead(lease, over), { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Takes part until it is stopped. What `run` would throw goes to `client.errors$`. */
  start(): RunningSchedule {
    const stopping = new AbortController();
    const ended = this.run({ signal: stopping.signal }).catch((error: Error) => this.#client.reportError(error));
    const stop = async () => {
      stopping.abort(new ScheduleStoppedError(this.path));
      await ended;
    };
    return { stop, [Symbol.asyncDispose]: stop };
  }

  /** Subscribing takes part; emits what is run in this process; unsubscribing stops; errors as `run` throws. */
  running$(): Observable<RunEvent> {
    const running$ = new Observable<RunEvent>((subscriber) => {
      const stopping = new AbortController();
      subscriber.add(this.#events$.subscribe((event) => subscriber.next(event)));
      this.run({ signal: stopping.signal }).catch((error: unknown) => subscriber.error(error));
      return () => stopping.abort(new ScheduleStoppedError(this.path));
    });
    return running$.pipe(completeOnClose(this.#client));
  }

  /** Resolves when the term is over and all runs have ended. */
  async #lead(lease: Lease, over: AbortSignal): Promise<void> {
    const term = {
      client: this.#client,
      clock: this.#clock,
      path: this.path,
      lease,
      leader: { token: lease.token, id: this.#id },
      historyLength: this.#historyLength,
      signal: over,
      events$: this.#events$,
    };
    await Promise.all([this.#whenOver(over), ...this.#jobs.map((job) => new JobRunner(job, term).run())]);
  }

  /** Without jobs, it leads all the same. */
  async #whenOver(over: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => whenAborted(over, () => resolve()));
  }
}
