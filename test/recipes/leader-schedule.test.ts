import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import {
  type JobOptions,
  type JobRun,
  type JobState,
  LeaderLatch,
  LeaderSchedule,
  type LeaderScheduleOptions,
  ScheduledJobs,
} from '../../recipes/index.ts';
import { JobNode } from '../../recipes/schedule/job-node.ts';
import { newJob, writeJobState } from '../../recipes/schedule/job-state.ts';
import { pause, resume } from '../../recipes/schedule/progress.ts';
import {
  type Client,
  ClosedError,
  LeaseLostError,
  MalformedDataError,
  NoAuthError,
  NoNodeError,
  openAcl,
  permissions,
  RunTimeoutError,
  whenAborted,
} from '../../src/index.ts';
import { ended, noonMs, planned, ScheduleClock, secondMs, when } from '../support/schedule.ts';
import { onEveryServer } from '../support/servers.ts';

const path = '/schedules/reports';

/** Notes what is run, by whom. */
class Ledger {
  readonly runs: string[] = [];

  work(by: string): (run: JobRun) => void {
    return ({ dueMs, attempt }) =>
      void this.runs.push(`${(dueMs - noonMs) / secondMs} s by ${by}${attempt > 1 ? `, attempt ${attempt}` : ''}`);
  }
}

/** Work that goes on until it is told to stop. */
class Endless {
  readonly begun: Promise<JobRun>;
  #begin: (run: JobRun) => void = () => {};

  constructor() {
    this.begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  readonly work = async (run: JobRun): Promise<never> => {
    this.#begin(run);
    return await new Promise((_, reject) => whenAborted(run.signal, reject));
  };
}

const outcomes = ({ history }: JobState) => history.map(({ outcome }) => outcome);

/** One job, `report`, every 10 s. */
function scheduleOf(
  client: Client,
  clock: ScheduleClock,
  job: Pick<JobOptions, 'work'> & Partial<JobOptions>,
  options: Partial<LeaderScheduleOptions> = {},
): LeaderSchedule {
  return new LeaderSchedule(client, path, { jobs: { report: { everyMs: 10 * secondMs, ...job } as JobOptions }, clock, ...options });
}

onEveryServer('LeaderSchedule', (connected) => {
  test('jobs are run when they are due, by cron or by interval', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const [hourly, often] = [new Ledger(), new Ledger()];
    const schedule = new LeaderSchedule(client, path, {
      clock,
      jobs: { hourly: { cron: '5 * * * *', work: hourly.work('us') }, often: { everyMs: 40 * secondMs, work: often.work('us') } },
    });
    await using _ = schedule.start();
    await Promise.all([planned(schedule, 'hourly'), planned(schedule, 'often')]);
    clock.advance(39 * secondMs);
    clock.advance(secondMs);
    await ended(schedule, 'often', 1);
    clock.advance(40 * secondMs);
    await ended(schedule, 'often', 2);
    expect([hourly.runs, often.runs]).toEqual([[], ['40 s by us', '80 s by us']]);
    clock.advance(220 * secondMs);
    await ended(schedule, 'hourly', 1);
    expect(hourly.runs).toEqual(['300 s by us']);
  });

  test('one instance runs the jobs, and when it stops the next goes on: none is left out, none is run twice', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const clock = new ScheduleClock(0);
    const ledger = new Ledger();
    const first = scheduleOf(one, clock, { work: ledger.work('first') }, { id: 'first' });
    const running = first.start();
    await planned(first, 'report');
    const second = scheduleOf(other, clock, { work: ledger.work('second') }, { id: 'second' });
    await using _ = second.start();
    clock.advance(10 * secondMs);
    await ended(first, 'report', 1);
    clock.advance(9 * secondMs);
    await running.stop();
    clock.advance(11 * secondMs);
    const { history } = await ended(second, 'report', 3);
    expect(ledger.runs).toEqual(['10 s by first', '20 s by second', '30 s by second']);
    expect(history.map(({ by }) => by)).toEqual(['first', 'second', 'second']);
    expect(history[1]?.token).toBeGreaterThan(history[0]?.token ?? 0n);
  });

  test.each([
    ['at-most-once', ['20 s by second'], ['lost', 'done']],
    ['at-least-once', ['10 s by second, attempt 2', '20 s by second'], ['lost', 'done', 'done']],
  ] as const)('a leader dies during a run, %s', async (guarantee, runs, told) => {
    await using one = await connected();
    await using other = await connected(one);
    const clock = new ScheduleClock(0);
    const endless = new Endless();
    const first = scheduleOf(one, clock, { work: endless.work, guarantee });
    const running = first.start();
    await planned(first, 'report');
    clock.advance(10 * secondMs);
    const run = await endless.begun;
    await one.close();
    expect(run.signal.reason).toBeInstanceOf(LeaseLostError);
    await running.stop();
    const ledger = new Ledger();
    const second = scheduleOf(other, clock, { work: ledger.work('second'), guarantee });
    await using _ = second.start();
    await ended(second, 'report', told.length - 1);
    clock.advance(10 * secondMs);
    const state = await ended(second, 'report', told.length);
    expect(ledger.runs).toEqual(runs);
    expect(outcomes(state)).toEqual(told);
  });

  test('stopping tells runs to stop and awaits them; at least once, the next leader runs them again', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const endless = new Endless();
    const first = scheduleOf(client, clock, { work: endless.work, guarantee: 'at-least-once' });
    const running = first.start();
    await planned(first, 'report');
    clock.advance(10 * secondMs);
    const run = await endless.begun;
    await Promise.all([running.stop(), running.stop()]);
    expect(run.signal.reason).toMatchObject({ name: 'ScheduleStoppedError', path });
    expect(clock.timerCount).toBe(0);
    const ledger = new Ledger();
    const second = scheduleOf(client, clock, { work: ledger.work('second'), guarantee: 'at-least-once' });
    await using _ = second.start();
    expect(outcomes(await ended(second, 'report', 2))).toEqual(['aborted', 'done']);
    expect(ledger.runs).toEqual(['10 s by second, attempt 2']);
  });

  test('a work is told what it is run for, and can guard what it writes by the leadership', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const runs: JobRun[] = [];
    const work = async (run: JobRun) => {
      runs.push(run);
      const data = String(run.token);
      if (client.capabilities.multi) await client.transaction([run.lease.check(), { op: 'create', path: '/report', data }]);
      else await client.create('/report', data);
    };
    const schedule = scheduleOf(client, clock, { work }, { id: 'us' });
    await using _ = schedule.start();
    await planned(schedule, 'report');
    clock.advance(10 * secondMs + 7);
    expect(outcomes(await ended(schedule, 'report', 1))).toEqual(['done']);
    expect(runs).toMatchObject([
      {
        job: 'report',
        cause: 'plan',
        attempt: 1,
        by: 'us',
        dueMs: noonMs + 10_000,
        startedMs: noonMs + 10_007,
        id: '2026-06-01T12:00:10.000Z',
      },
    ]);
    expect((await client.get('/report')).data.toString()).toBe(String(runs[0]?.token));
  });

  test('a run that fails stands in the history, and the next one comes', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const schedule = scheduleOf(client, clock, {
      work: ({ dueMs }) => {
        if (dueMs === noonMs + 10_000) throw new RangeError('of the work');
      },
    });
    await using _ = schedule.start();
    await planned(schedule, 'report');
    clock.advance(10 * secondMs);
    await ended(schedule, 'report', 1);
    clock.advance(10 * secondMs);
    const { history } = await ended(schedule, 'report', 2);
    expect(history).toMatchObject([{ outcome: 'failed', error: expect.stringContaining('of the work') }, { outcome: 'done' }]);
  });

  test('a run that takes too long is told to stop', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const endless = new Endless();
    const schedule = scheduleOf(client, clock, { work: endless.work, timeoutMs: 2_000 });
    await using _ = schedule.start();
    await planned(schedule, 'report');
    clock.advance(10 * secondMs);
    const run = await endless.begun;
    clock.advance(2 * secondMs);
    expect(outcomes(await ended(schedule, 'report', 1))).toEqual(['timed-out']);
    expect(run.signal.reason).toBeInstanceOf(RunTimeoutError);
  });

  test.each([
    ['queue', ['10', '20']],
    ['skip', ['10']],
    ['allow', ['20', '10']],
  ] as const)('a run is due while another is under way, %s', async (overlap, order) => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const finished: string[] = [];
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const schedule = scheduleOf(client, clock, {
      overlap,
      work: async ({ dueMs }) => {
        if (dueMs === noonMs + 10_000) await released;
        finished.push(String((dueMs - noonMs) / secondMs));
      },
    });
    await using _ = schedule.start();
    await planned(schedule, 'report');
    clock.advance(10 * secondMs);
    await when(schedule.jobs, 'report', ({ running }) => running.length === 1);
    clock.advance(10 * secondMs);
    if (overlap === 'allow') await ended(schedule, 'report', 1);
    release();
    const state = await ended(schedule, 'report', 2);
    expect(finished).toEqual(order);
    expect(outcomes(state)).toEqual(['done', overlap === 'skip' ? 'overlapped' : 'done']);
  });

  test('nobody led for long: by default one run makes up for all that was due', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const ledger = new Ledger();
    const first = scheduleOf(client, clock, { work: ledger.work('first') });
    const running = first.start();
    await planned(first, 'report');
    await running.stop();
    clock.advance(95 * secondMs);
    const second = scheduleOf(client, clock, { work: ledger.work('second') });
    await using _ = second.start();
    expect(await ended(second, 'report', 1)).toMatchObject({ nextMs: noonMs + 100_000 });
    expect(ledger.runs).toEqual(['10 s by second']);
  });

  test('from elsewhere, a job can be paused, run by hand and resumed', async () => {
    await using client = await connected();
    await using elsewhere = await connected(client);
    const clock = new ScheduleClock(0);
    const ledger = new Ledger();
    const schedule = scheduleOf(client, clock, { work: ledger.work('us') });
    const jobs = new ScheduledJobs(elsewhere, path);
    await using _ = schedule.start();
    await planned(schedule, 'report');
    await jobs.pause('report');
    clock.advance(30 * secondMs);
    const id = await jobs.trigger('report');
    expect((await ended(schedule, 'report', 1)).history).toMatchObject([{ id, cause: 'hand', outcome: 'done' }]);
    expect(ledger.runs).toHaveLength(1);
    await jobs.resume('report');
    await planned(schedule, 'report');
    clock.advance(10 * secondMs);
    expect((await ended(schedule, 'report', 2)).history).toMatchObject([{}, { dueMs: noonMs + 40_000, cause: 'plan' }]);
  });

  test('what was asked for while nobody led is done by the next leader', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const ledger = new Ledger();
    const first = scheduleOf(client, clock, { work: ledger.work('first') });
    const running = first.start();
    await planned(first, 'report');
    await running.stop();
    const id = await first.jobs.trigger('report');
    const second = scheduleOf(client, clock, { work: ledger.work('second') });
    await using _ = second.start();
    expect((await ended(second, 'report', 1)).history).toMatchObject([{ id, outcome: 'done' }]);
  });

  test('a state that cannot be read is a named error, other jobs go on, and so does this one when it is mended', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const [bad, good] = [new Ledger(), new Ledger()];
    await client.create(`${path}/jobs/bad`, '{"format":1', { parents: true });
    const schedule = new LeaderSchedule(client, path, {
      clock,
      jobs: { bad: { everyMs: 10 * secondMs, work: bad.work('us') }, good: { everyMs: 10 * secondMs, work: good.work('us') } },
    });
    const complaint = firstValueFrom(client.errors$);
    await using _ = schedule.start();
    await planned(schedule, 'good');
    clock.advance(10 * secondMs);
    await ended(schedule, 'good', 1);
    expect(await complaint).toMatchObject({ name: 'MalformedDataError', path: `${path}/jobs/bad` });
    expect(await schedule.jobs.list()).toMatchObject([{ name: 'bad', state: expect.any(MalformedDataError) }, { name: 'good' }]);
    await expect(schedule.jobs.pause('bad')).rejects.toThrow(MalformedDataError);
    expect(bad.runs).toEqual([]);
    await client.delete(`${path}/jobs/bad`);
    await planned(schedule, 'bad');
    clock.advance(10 * secondMs);
    await ended(schedule, 'bad', 1);
    expect(bad.runs).toEqual(['20 s by us']);
  });

  test('a wall clock that is set forward is noticed within a minute; set back, nothing is run again', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const ledger = new Ledger();
    const schedule = new LeaderSchedule(client, path, { clock, jobs: { report: { cron: '0 13 * * *', work: ledger.work('us') } } });
    await using _ = schedule.start();
    await planned(schedule, 'report');
    clock.setByMs = 3_600 * secondMs;
    clock.advance(60 * secondMs);
    const state = await ended(schedule, 'report', 1);
    clock.setByMs = 0;
    clock.advance(3_600 * secondMs);
    await client.sync('/');
    expect(ledger.runs).toEqual(['3600 s by us']);
    expect(state.nextMs).toBe(noonMs + 25 * 3_600_000);
  });

  test('a clock that was a day ahead, and is set right while a leader waits, holds no job up', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const ledger = new Ledger();
    const schedule = scheduleOf(client, clock, { work: ledger.work('us') });
    await using _ = schedule.start();
    await planned(schedule, 'report');
    clock.setByMs = 86_400 * secondMs;
    clock.advance(10 * secondMs);
    const ahead = await ended(schedule, 'report', 1);
    expect(ahead.nextMs).toBe(noonMs + 86_400_000 + 20_000);
    clock.setByMs = 0;
    clock.advance(10 * secondMs);
    const right = await when(schedule.jobs, 'report', ({ nextMs }) => nextMs !== null && nextMs < noonMs + 60_000);
    expect(right.nextMs).toBe(noonMs + 30_000);
    clock.advance(10 * secondMs);
    await ended(schedule, 'report', 2);
    expect(ledger.runs).toEqual(['10 s by us', '30 s by us']);
  });

  test.each([
    ['an object for a message', () => Object.assign(new Error(), { message: { code: 'E42' } })],
    ['a list for a message', () => Object.assign(new Error(), { message: ['no name', 'no age'] })],
    [
      'a message that cannot be read',
      () =>
        Object.defineProperty(new Error(), 'message', {
          get: () => {
            throw new Error('no');
          },
        }),
    ],
    ['a symbol', () => Symbol('odd')],
    ['an object without a prototype', () => Object.create(null)],
    ['undefined', () => undefined],
  ])('a run that throws %s has failed, and the next one comes', async (_what, odd) => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const schedule = scheduleOf(client, clock, {
      work: () => {
        throw odd();
      },
    });
    await using _ = schedule.start();
    await planned(schedule, 'report');
    clock.advance(10 * secondMs);
    await ended(schedule, 'report', 1);
    clock.advance(10 * secondMs);
    expect(outcomes(await ended(schedule, 'report', 2))).toEqual(['failed', 'failed']);
    const [job] = await schedule.jobs.list();
    expect(job?.state).toMatchObject({ history: [{ error: expect.any(String) }, {}] });
  });

  test('a history that has outgrown what a znode may hold is cut, and the job goes on', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const error = '接続が拒否されました。'.repeat(30);
    const schedule = scheduleOf(client, clock, { work: () => Promise.reject(new Error(error)) }, { history: 1_000 });
    const running = schedule.start();
    await planned(schedule, 'report');
    clock.advance(10 * secondMs);
    await ended(schedule, 'report', 1);
    await running.stop();
    const jobPath = `${path}/jobs/report`;
    const stored = JSON.parse((await client.get(jobPath)).data.toString()) as { history: readonly unknown[] };
    await client.set(jobPath, JSON.stringify({ ...stored, history: Array.from({ length: 900 }, () => stored.history[0]) }));
    await using _ = schedule.start();
    await firstValueFrom(schedule.latch.isLeader$.pipe(filter((leads) => leads)));
    clock.advance(10 * secondMs);
    const state = await when(
      schedule.jobs,
      'report',
      ({ lastMs, running: underWay }) => lastMs === noonMs + 20_000 && underWay.length === 0,
    );
    expect(state.history.at(-1)).toMatchObject({ dueMs: noonMs + 20_000, outcome: 'failed' });
    expect((await client.get(jobPath)).data.length).toBeLessThanOrEqual(512 * 1024);
  });

  test('a job that may not be read hides no other, and goes on when it may', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const [secret, open] = [new Ledger(), new Ledger()];
    const job = (ledger: Ledger) => ({ everyMs: 10 * secondMs, work: ledger.work('us') });
    const acl = [{ scheme: 'world', id: 'anyone', perms: permissions.admin }];
    const state = writeJobState(`${path}/jobs/secret`, newJob);
    await client.create(`${path}/jobs/secret`, state, { parents: true });
    await client.setAcl(`${path}/jobs/secret`, acl);
    const schedule = new LeaderSchedule(client, path, { clock, jobs: { open: job(open), secret: job(secret) } });
    await using _ = schedule.start();
    await planned(schedule, 'open');
    clock.advance(10 * secondMs);
    await ended(schedule, 'open', 1);
    const isBoth = [
      { name: 'open', state: { nextMs: noonMs + 20_000 } },
      { name: 'secret', state: expect.any(NoAuthError) },
    ];
    expect(await schedule.jobs.list()).toMatchObject(isBoth);
    expect(await firstValueFrom(schedule.jobs.list$)).toMatchObject(isBoth);
    await client.setAcl(`${path}/jobs/secret`, openAcl);
    clock.advance(10 * secondMs);
    await planned(schedule, 'secret');
    clock.advance(10 * secondMs);
    await ended(schedule, 'secret', 1);
    // Its watch is back, too.
    const id = await schedule.jobs.trigger('secret');
    expect(await ended(schedule, 'secret', 2)).toMatchObject({ history: [{}, { id }] });
  });

  test('a leader whose znode is gone claims nothing more, and stands again', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const ledger = new Ledger();
    const schedule = scheduleOf(client, clock, { work: ledger.work('us') });
    await using _ = schedule.start();
    await planned(schedule, 'report');
    const [before] = await schedule.latch.participants();
    await client.delete(before?.path ?? '');
    await firstValueFrom(schedule.latch.leader$.pipe(filter((leader) => leader !== undefined && leader.path !== before?.path)));
    clock.advance(10 * secondMs);
    await ended(schedule, 'report', 1);
    expect(ledger.runs).toEqual(['10 s by us']);
  });

  test('what is written as leader is refused when the lease is gone', async () => {
    await using client = await connected();
    const lease = await new LeaderLatch(client, `${path}/leader`).acquire();
    const node = new JobNode(client, path, 'report');
    await node.updateAs(lease, pause);
    await client.delete(lease.path);
    if (!client.capabilities.multi) await lease.release();
    await expect(node.updateAs(lease, resume)).rejects.toThrow(LeaseLostError);
    expect(await node.read()).toMatchObject({ isPaused: true });
  });

  test('the history is as long as it may be', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const schedule = scheduleOf(client, clock, { work: () => {} }, { history: 2 });
    await using _ = schedule.start();
    await planned(schedule, 'report');
    clock.advance(50 * secondMs);
    const { history } = await when(schedule.jobs, 'report', ({ lastMs, running }) => lastMs === noonMs + 50_000 && running.length === 0);
    expect(history.map(({ dueMs }) => dueMs - noonMs)).toEqual([40_000, 50_000]);
  });

  test('as an observable: subscribing takes part, unsubscribing stops', async () => {
    await using client = await connected();
    const clock = new ScheduleClock(0);
    const schedule = scheduleOf(client, clock, { work: () => {} });
    const events: string[] = [];
    const subscription = schedule.running$().subscribe(({ kind, job }) => events.push(`${job} ${kind}`));
    await planned(schedule, 'report');
    clock.advance(10 * secondMs);
    await ended(schedule, 'report', 1);
    subscription.unsubscribe();
    await firstValueFrom(schedule.latch.participants$.pipe(filter(({ length }) => length === 0)));
    expect(events).toEqual(['report begun', 'report ended']);
    expect(clock.timerCount).toBe(0);
  });

  test('`run` resolves when its signal aborts, in line or leading, and rejects with what cannot heal', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const clock = new ScheduleClock(0);
    const [stopFirst, stopSecond] = [new AbortController(), new AbortController()];
    const first = scheduleOf(client, clock, { work: () => {} });
    const leading = first.run({ signal: stopFirst.signal });
    await planned(first, 'report');
    const second = scheduleOf(other, clock, { work: () => {} });
    const waiting = second.run({ signal: stopSecond.signal });
    await firstValueFrom(second.latch.state$.pipe(filter(({ kind }) => kind === 'waiting')));
    stopSecond.abort();
    await waiting;
    stopFirst.abort();
    await leading;
    expect(await first.latch.participants()).toEqual([]);
    const failing = expect(scheduleOf(other, clock, { work: () => {} }).run()).rejects.toThrow(ClosedError);
    await other.close();
    await failing;
  });

  test('of a schedule that nobody has led there is nothing to see, and nothing to pause', async () => {
    await using client = await connected();
    const jobs = new ScheduledJobs(client, path);
    expect(await jobs.list()).toEqual([]);
    expect(await firstValueFrom(jobs.list$)).toEqual([]);
    for (const request of ['pause', 'resume', 'trigger'] as const) await expect(jobs[request]('report')).rejects.toThrow(NoNodeError);
  });
});

test.each([
  ['no time', { work: () => {} }, 'LeaderSchedule.jobs.report'],
  ['two times', { work: () => {}, everyMs: 5, cron: '* * * * *' }, 'LeaderSchedule.jobs.report'],
  ['a time zone without an expression', { work: () => {}, everyMs: 5, timeZone: 'UTC' }, 'LeaderSchedule.jobs.report'],
  ['no work', { everyMs: 5 }, 'LeaderSchedule.jobs.report.work'],
  ['an interval of nothing', { everyMs: 0, work: () => {} }, 'LeaderSchedule.jobs.report.everyMs'],
  ['no expression', { cron: 'often', work: () => {} }, 'LeaderSchedule.jobs.report.cron'],
  ['an expression that never comes to pass', { cron: '0 0 31 2 *', work: () => {} }, 'LeaderSchedule.jobs.report.cron'],
  ['a time zone that is none', { cron: '* * * * *', timeZone: 'Moon', work: () => {} }, 'LeaderSchedule.jobs.report.timeZone'],
  ['an unknown policy', { everyMs: 5, work: () => {}, overlap: 'maybe' }, 'LeaderSchedule.jobs.report.overlap'],
  ['an unknown option', { everyMs: 5, work: () => {}, retries: 5 }, 'LeaderSchedule.jobs.report.retries'],
])('a job with %s is refused before anything is done', async (_, job, field) => {
  const { Client: ClientOf } = await import('../../src/index.ts');
  await using client = new ClientOf({ hosts: '127.0.0.1:1' });
  const make = (jobs: object) => () => new LeaderSchedule(client, path, { jobs } as never);
  expect(make({ report: job })).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field }));
  expect(make({ 'a/b': { everyMs: 5, work: () => {} } })).toThrow(expect.objectContaining({ field: 'LeaderSchedule.jobs.a/b' }));
});
