import { expect, test } from 'vitest';
import { Semaphore } from '../../../recipes/index.ts';
import { cliWorld } from './cli-world.ts';
import { docent, type Ended, type Running, start } from './fake-terminal.ts';

const path = '/pool';

const world = cliWorld();

function semaphore(args: readonly string[]): Promise<Ended> {
  return docent(['--hosts', world.server.hosts, 'semaphore', ...args]);
}

function waiting(args: readonly string[]): Running {
  return start(['--hosts', world.server.hosts, 'semaphore', ...args]);
}

async function leasesLeft(): Promise<number> {
  return (await world.client.children(`${path}/leases`)).length;
}

test('the command runs while a lease is held, knows it, and gives it back', async () => {
  const script = world.folder.script('echo "$DOCENT_PATH $DOCENT_FENCING_TOKEN" > told; exit 42');
  const { status, out, err } = await semaphore(['--leases', '2', path, '--', ...script]);
  expect({ status, out, err }).toEqual({ status: 42, out: '', err: '' });
  expect(await world.folder.contentOf('told')).toMatch(/^\/pool\/leases\/_c_[0-9a-f-]+-lease-0000000000 \d+\n$/);
  expect(await leasesLeft()).toBe(0);
});

test('as many run at once as there are leases, and one that wants several waits for all of them', async () => {
  const held = await new Semaphore(world.client, path, 3).acquire({ permits: 2 });
  expect((await semaphore(['--leases', '3', path, '--', 'true'])).status).toBe(0);
  const running = waiting(['--leases', '3', '--permits', '2', path, '--', ...world.folder.script('exit 3')]);
  await running.terminal.until(() => running.terminal.err.includes('waiting for /pool, next to enter'));
  await held.release();
  expect(await running.status).toBe(3);
});

test.each([
  ['100ms', /docent: \/pool was not acquired within 100 ms.*\nhint: .*holders/],
  ['0s', /^docent: \/pool is held by another.*\nhint: .*holders/],
])('not acquired within %s it gives 124, runs nothing and leaves the line', async (timeout, says) => {
  await using _held = await new Semaphore(world.client, path, 1).acquire();
  const { status, err } = await semaphore(['--leases', '1', '--timeout', timeout, path, '--', ...world.folder.script('echo > ran')]);
  expect(err).toMatch(says);
  expect(status).toBe(124);
  await expect(world.folder.contentOf('ran')).rejects.toThrow('ENOENT');
  expect(await leasesLeft()).toBe(1);
});

test('the lease lost while the command runs gives 125, after the command has ended', async () => {
  const running = waiting(['--leases', '1', path, '--', ...world.folder.endless('trap "echo ended > told; exit 7" TERM')]);
  await world.folder.ready();
  const [lease] = await world.client.children(`${path}/leases`);
  const stat = await world.client.exists(`${path}/leases/${lease}`);
  world.server.expireSession(stat?.ephemeralOwner ?? 0n);
  expect(await running.status).toBe(125);
  expect(await world.folder.contentOf('told')).toBe('ended\n');
});

test.each([
  [['/pool', '--', 'true'], "required option '--leases <n>' not specified"],
  [['--leases', '0', '/pool', '--', 'true'], 'must be an integer from 1'],
  [['--leases', '2.5', '/pool', '--', 'true'], 'must be an integer from 1'],
  [['--leases', '2', '--permits', '3', '/pool', '--', 'true'], 'docent: --permits: must not be more than the 2 leases'],
])('wrong arguments %j end with 2', async (args, says) => {
  const { status, err } = await semaphore(args);
  expect(err).toContain(says);
  expect(err).toContain('Usage: docent semaphore');
  expect(status).toBe(2);
});

test('holders shows who holds and who waits, in line order', async () => {
  await using _held = await new Semaphore(world.client, path, 1, { id: 'first' }).acquire();
  const running = waiting(['--leases', '1', '--id', 'second', path, '--', 'true']);
  await running.terminal.until(() => running.terminal.err.includes('waiting'));
  const { objects } = await docent(['--hosts', world.server.hosts, 'holders', '--json', path]);
  expect(objects).toMatchObject([
    { id: 'first', holds: true, shared: true, owner: expect.stringMatching(/^0x[0-9a-f]+#\d+$/) },
    { id: 'second', holds: false, shared: true, position: 0 },
  ]);
  running.terminal.signals$.next('SIGINT');
  expect(await running.status).toBe(130);
});
