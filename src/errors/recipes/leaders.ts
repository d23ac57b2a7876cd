import { DocentError } from '../docent-error.ts';

/** The latch was closed, which is for good. Make a new one. */
export class LatchClosedError extends DocentError {
  override readonly name = 'LatchClosedError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`the latch at ${path} is closed, which is for good. Make a new one`, options);
    this.path = path;
  }
}

/** A run of a scheduled job took longer than its `timeoutMs`; reason of its signal. */
export class RunTimeoutError extends DocentError {
  override readonly name = 'RunTimeoutError';
  readonly job: string;
  readonly timeoutMs: number;

  constructor(job: string, timeoutMs: number, options?: ErrorOptions) {
    super(`the job ${job} was to end within ${timeoutMs} ms`, options);
    this.job = job;
    this.timeoutMs = timeoutMs;
  }
}

/** The schedule was told to stop in this process; reason of the signals of its runs. Another instance goes on. */
export class ScheduleStoppedError extends DocentError {
  override readonly name = 'ScheduleStoppedError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`the schedule ${path} was stopped in this process`, options);
    this.path = path;
  }
}
