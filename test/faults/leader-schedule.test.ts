import { elementAt, filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { type JobOptions, type JobState, LeaderSchedule, ScheduledJobs } from '../../recipes/index.ts';
import type { Client } from '../../src/index.ts';
import { noonMs, planned, ScheduleClock, secondMs, when } from '../support/schedule.ts';
import { sweepFaults } from '../support/sweep.ts';
import { World } from '../support/world.ts';

const path = '/schedules/s';
// A schedule's memory is to outlive everybody.
const mayStay = ['/schedules', path, `${path}/leader`, `${path}/jobs`, `${path}/jobs/report`];

const dueMs = [10, 20, 30].map((seconds) => noonMs + seconds * secondMs);

/** Due times of the runs that this process has begun, and of those that it has finished. */
class Ledger {
  readonly begun: number[] = [];
  readonly finished = new Set<number>();

  job(client: Client, guarantee: JobOptions['guarantee']): JobOptions {
    return {
      everyMs: 10 * secondMs,
      guarantee,
      work: async (run) => {
        this.begun.push(run.dueMs);
        // A round trip inside, so that a fault can come over a run too.
        await client.sync('/', { signal: run.signal });
        this.finished.add(run.dueMs);
      },
    };
  }
}

for (const guarantee of ['at-most-once', 'at-least-once'] as const) {
  sweepFaults(`two instances, ${guarantee}: whoever leads, no run is left out`, {
    mayStay,
    play: async (world, ends) => {
      const clock = new ScheduleClock(0);
      const ledger = new Ledger();
      const jobs = new ScheduledJobs(await world.client(), path);
      const instances = [await world.client(), await world.client()].map((client, index) => {
        return new LeaderSchedule(client, path, { id: `instance ${index}`, clock, jobs: { report: ledger.job(client, guarantee) } });
      });
      const running = instances.map((instance) => instance.start());
      await when(jobs, 'report', ({ nextMs }) => nextMs !== null);
      clock.advance(35 * secondMs);
      const { history } = await when(jobs, 'report', (state) => isSettled(state) && state.lastMs === dueMs.at(-1));
      await Promise.all(running.map((instance) => instance.stop()));

      if (ends === 'none') expect(ledger.begun).toEqual(dueMs);
      expect(new Set(history.map((run) => run.dueMs)), 'each has had its turn').toEqual(new Set(dueMs));
      if (guarantee === 'at-most-once') expect(new Set(ledger.begun).size, 'none is begun twice').toBe(ledger.begun.length);
      else expect(ledger.finished, 'each is finished').toEqual(new Set(dueMs));
      expect(clock.timerCount, "the schedule's own").toBe(0);
    },
  });
}

function isSettled({ running, waiting }: JobState): boolean {
  return running.length === 0 && waiting.length === 0;
}

sweepFaults('what is asked for by hand is done once, at most, and the job goes on', {
  mayStay,
  play: async (world, ends) => {
    const clock = new ScheduleClock(0);
    const ledger = new Ledger();
    const jobs = new ScheduledJobs(await world.client(), path);
    const client = await world.client();
    const instance = new LeaderSchedule(client, path, { clock, jobs: { report: ledger.job(client, 'at-most-once') } });
    await using _ = instance.start();
    await when(jobs, 'report', ({ nextMs }) => nextMs !== null);
    await jobs.pause('report');
    const id = await jobs.trigger('report');
    const { history } = await when(jobs, 'report', (state) => isSettled(state) && state.history.length > 0);
    expect(history.map((run) => run.id)).toEqual([id]);
    expect(ledger.begun.length).toBeLessThanOrEqual(1);
    if (ends === 'none') expect(ledger.finished.size).toBe(1);
    await jobs.resume('report');
    await when(jobs, 'report', ({ nextMs }) => nextMs !== null);
  },
});

test('a run costs two writes and the reads around them, six requests in all; waiting for it costs nothing', async () => {
  await using world = await World.start(mayStay);
  const clock = new ScheduleClock(0);
  const client = await world.client();
  const schedule = new LeaderSchedule(client, path, { clock, jobs: { report: { everyMs: 10 * secondMs, work: () => {} } } });
  await using _ = schedule.start();
  await planned(schedule, 'report');
  await client.sync('/');
  const served: string[] = [];
  world.server.requests$.subscribe(({ operation }) => served.push(operation));
  clock.advance(9 * secondMs);
  await client.sync('/');
  expect(served.splice(0)).toEqual(['sync']);
  const settled = firstValueFrom(
    world.server.requests$.pipe(
      filter(({ operation }) => operation === 'multi'),
      elementAt(1),
    ),
  );
  clock.advance(secondMs);
  await settled;
  // What the event of the last write leads to.
  await client.sync('/');
  await client.sync('/');
  const costs = served.filter((operation) => operation !== 'sync');
  expect(costs.filter((operation) => operation !== 'getData')).toEqual(['multi', 'multi']);
  expect(costs.length).toBeLessThanOrEqual(6);
});
