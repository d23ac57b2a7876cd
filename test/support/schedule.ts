import { filter, firstValueFrom, map } from 'rxjs';
import type { JobState, LeaderSchedule, ScheduledJobs } from '../../recipes/index.ts';
import { ManualClock } from './manual-clock.ts';

/** A schedule's time: noon, until it is moved on. */
export class ScheduleClock extends ManualClock {
  /** Somebody sets the wall clock: no timer fires by that. */
  setByMs = 0;

  override wallTime(): number {
    return noonMs + this.now() + this.setByMs;
  }
}

export const noonMs = Date.UTC(2026, 5, 1, 12);
export const secondMs = 1_000;

/** Resolves with the job's state as soon as it is so. */
export function when(jobs: ScheduledJobs, name: string, isSo: (state: JobState) => boolean): Promise<JobState> {
  return firstValueFrom(
    jobs.list$.pipe(
      map((list) => list.find((job) => job.name === name)?.state),
      filter((state): state is JobState => state !== undefined && !(state instanceof Error) && isSo(state)),
    ),
  );
}

/** Resolves when the job has been planned by a leader. */
export function planned({ jobs }: LeaderSchedule, name: string): Promise<JobState> {
  return when(jobs, name, ({ nextMs }) => nextMs !== null);
}

/** Resolves when so many runs of the job have ended. */
export function ended({ jobs }: LeaderSchedule, name: string, count: number): Promise<JobState> {
  return when(jobs, name, ({ history }) => history.length >= count);
}
