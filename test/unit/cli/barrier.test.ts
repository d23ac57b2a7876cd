import { expect, test } from 'vitest';
import { Barrier, DoubleBarrier } from '../../../recipes/index.ts';
import { cliWorld } from './cli-world.ts';
import { docent, type Ended, start } from './fake-terminal.ts';

const world = cliWorld();

function barrier(...args: readonly string[]): Promise<Ended> {
  return docent(['--hosts', world.server.hosts, 'barrier', ...args]);
}

test('set holds up who waits, remove lets them go', async () => {
  expect(await barrier('wait', '/barrier')).toMatchObject({ status: 0, out: '', err: '' });
  expect(await barrier('set', '/barrier')).toMatchObject({ status: 0, out: '', err: '' });
  const { status, err } = await barrier('wait', '--timeout', '50ms', '/barrier');
  expect(status).toBe(124);
  expect(err).toContain('/barrier: the barrier is not known to be removed after 50 ms');
  const waiting = barrier('wait', '/barrier');
  expect((await barrier('remove', '/barrier')).status).toBe(0);
  expect((await waiting).status).toBe(0);
});

test('--timeout 0s does not wait: 124 while it is set, else 0', async () => {
  expect((await barrier('wait', '--timeout', '0s', '/barrier')).status).toBe(0);
  await new Barrier(world.client, '/barrier').set();
  expect((await barrier('wait', '--timeout', '0s', '/barrier')).status).toBe(124);
});

test('interrupted, a wait gives 130', async () => {
  await new Barrier(world.client, '/barrier').set();
  const running = start(['--hosts', world.server.hosts, 'barrier', 'wait', '/barrier']);
  await world.client.sync('/');
  running.terminal.signals$.next('SIGINT');
  expect(await running.status).toBe(130);
});

test('enter runs the command when all are there, and ends when all have left', async () => {
  const companion = new DoubleBarrier(world.client, '/double', 2);
  const running = barrier(
    'enter',
    '--size',
    '2',
    '--id',
    'cli',
    '/double',
    '--',
    ...world.folder.script('echo "$DOCENT_FENCING_TOKEN" > told; exit 5'),
  );
  const attendance = await companion.enter();
  await attendance.leave();
  expect((await running).status).toBe(5);
  expect(await world.folder.contentOf('told')).toMatch(/^\d+\n$/);
  expect(await world.client.children('/double')).toEqual([]);
});

test('not in within --timeout it gives 124, runs nothing, and no member is left', async () => {
  await world.client.ensurePath('/double');
  const { status, err } = await barrier(
    'enter',
    '--size',
    '2',
    '--timeout',
    '100ms',
    '/double',
    '--',
    ...world.folder.script('echo > ran'),
  );
  expect(status).toBe(124);
  expect(err).toContain('/double: not open, since fewer than 2 were there, after 100 ms');
  await expect(world.folder.contentOf('ran')).rejects.toThrow('ENOENT');
  expect(await world.client.children('/double')).toEqual([]);
});

test('a session lost while the command runs gives 125', async () => {
  const running = start([
    '--hosts',
    world.server.hosts,
    'barrier',
    'enter',
    '--size',
    '1',
    '/double',
    '--',
    ...world.folder.endless('trap "exit 7" TERM'),
  ]);
  await world.folder.ready();
  for (const { id, ephemerals } of world.server.sessions()) if (ephemerals.length > 0) world.server.expireSession(id);
  expect(await running.status).toBe(125);
});

test.each([
  [['fly', '/a'], "unknown command 'fly'"],
  [['set'], "missing required argument 'path'"],
  [['enter', '/a', '--', 'true'], "required option '--size <n>' not specified"],
  [['enter', '--size', '0', '/a', '--', 'true'], 'must be an integer'],
  [['enter', '--size', '2', '--timeout', '0s', '/a', '--', 'true'], 'docent: --timeout: must be greater than 0'],
])('wrong arguments end with 2: docent barrier %j', async (args, says) => {
  const { status, err } = await barrier(...args);
  expect(err).toContain(says);
  expect(err).toContain('Usage: docent barrier');
  expect(status).toBe(2);
});
