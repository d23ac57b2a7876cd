import { afterEach, beforeEach, expect, test } from 'vitest';
import { LeaderSchedule } from '../../../recipes/index.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../../src/embedded/index.ts';
import { type Client, connect } from '../../../src/index.ts';
import { ended, planned, ScheduleClock, secondMs, when } from '../../support/schedule.ts';
import { docent, type Ended, start } from './fake-terminal.ts';

let server: EmbeddedServer;
let client: Client;

beforeEach(async () => {
  server = await startEmbeddedServer();
  client = await connect(server.hosts);
});

afterEach(async () => {
  await client.close();
  await server.close();
});

const path = '/schedules/s';

function schedule(...args: readonly string[]): Promise<Ended> {
  return docent(['--hosts', server.hosts, 'schedule', ...args]);
}

function leaderOf(clock: ScheduleClock): LeaderSchedule {
  return new LeaderSchedule(client, path, {
    clock,
    id: 'leader',
    jobs: { nightly: { cron: '0 3 * * *', work: () => {} }, often: { everyMs: 10 * secondMs, work: () => {} } },
  });
}

test('ls shows what each job does, when it is run next and what became of it last', async () => {
  const clock = new ScheduleClock(0);
  const leader = leaderOf(clock);
  await using _ = leader.start();
  await Promise.all([planned(leader, 'nightly'), planned(leader, 'often')]);
  clock.advance(10 * secondMs);
  await ended(leader, 'often', 1);
  expect(await schedule('ls', path)).toMatchObject({
    status: 0,
    out: `JOB      STATE    NEXT                  LAST                  OUTCOME  PLAN
nightly  planned  2026-06-02T03:00:00Z  -                     -        cron 0 3 * * * UTC
often    planned  2026-06-01T12:00:20Z  2026-06-01T12:00:10Z  done     every 10000 ms
`,
  });
  const { objects } = await schedule('ls', '--json', path);
  expect(objects).toMatchObject([
    { job: 'nightly', path: `${path}/jobs/nightly`, paused: false, running: [], history: [] },
    { job: 'often', history: [{ outcome: 'done', by: 'leader', token: expect.stringMatching(/^\d+$/) }] },
  ]);
});

test('run asks the leader for a run and prints its id; pause and resume do what they say', async () => {
  const leader = leaderOf(new ScheduleClock(0));
  await using _ = leader.start();
  await planned(leader, 'often');
  const { status, out } = await schedule('run', path, 'often');
  expect(status).toBe(0);
  expect((await ended(leader, 'often', 1)).history).toMatchObject([{ id: out.trim(), cause: 'hand', outcome: 'done' }]);
  expect(await schedule('pause', path, 'often')).toMatchObject({ status: 0, out: '' });
  expect((await schedule('ls', path)).out).toMatch(/^often +paused +- /m);
  expect(await schedule('resume', path, 'often')).toMatchObject({ status: 0, out: '' });
  await when(leader.jobs, 'often', ({ nextMs, isPaused }) => !isPaused && nextMs !== null);
});

test('ls -w lists again when a job has changed', async () => {
  const leader = leaderOf(new ScheduleClock(0));
  await using _ = leader.start();
  await Promise.all([planned(leader, 'nightly'), planned(leader, 'often')]);
  const { terminal, status } = start(['--hosts', server.hosts, 'schedule', 'ls', '-w', path]);
  await terminal.until(() => terminal.out.includes('nightly  planned'));
  await leader.jobs.pause('nightly');
  await terminal.until(() => terminal.out.includes('nightly  paused'));
  terminal.signals$.next('SIGINT');
  expect(await status).toBe(0);
});

test('a job that cannot be read is told as such, beside the others', async () => {
  await client.create(`${path}/jobs/bad`, 'what\u001b[2J', { parents: true });
  const { status, out, err } = await schedule('ls', path);
  expect({ status, out }).toMatchObject({ status: 0, out: expect.stringMatching(/^bad +unreadable/m) });
  expect(err).toContain(`${path}/jobs/bad has data of 8 bytes that docent cannot use`);
  expect(await schedule('pause', path, 'bad')).toMatchObject({ status: 1, err: expect.stringContaining(`${path}/jobs/bad`) });
});

test('no schedule: an empty list; no job: status 1', async () => {
  expect(await schedule('ls', path)).toMatchObject({ status: 0, out: '', err: `docent: ${path}: no leader has seen a job there yet\n` });
  expect(await schedule('run', path, 'often')).toMatchObject({ status: 1, out: '', err: expect.stringContaining('no such znode') });
  expect(await schedule('run', path, 'a/b')).toMatchObject({ status: 2 });
});
