import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { Mutex, ReadWriteLock } from '../../../recipes/index.ts';
import { cliWorld } from './cli-world.ts';
import { docent, type Ended, type Running, start, type TerminalOptions } from './fake-terminal.ts';

const world = cliWorld();

function lock(args: readonly string[], options?: TerminalOptions): Promise<Ended> {
  return docent(['--hosts', world.server.hosts, 'lock', ...args], options);
}

function locking(args: readonly string[]): Running {
  return start(['--hosts', world.server.hosts, 'lock', ...args]);
}

/** Resolves with the holder's session when its endless command runs. */
async function whenRunning(): Promise<bigint> {
  await world.folder.ready();
  const [holder] = await new Mutex(world.client, '/lock').participants();
  return holder?.sessionId ?? 0n;
}

test('the command runs while the lock is held, knows its lease, and the lock is free afterwards', async () => {
  const { status, out, err } = await lock(['/lock', '--', ...world.folder.script('echo "$DOCENT_PATH $DOCENT_FENCING_TOKEN" > told')]);
  expect({ status, out, err }).toEqual({ status: 0, out: '', err: '' });
  expect(await world.folder.contentOf('told')).toMatch(/^\/lock\/_c_[0-9a-f-]+-lock-0000000000 \d+\n$/);
  expect(await new Mutex(world.client, '/lock').participants()).toEqual([]);
});

test('its status is the command’s', async () => {
  expect((await lock(['/lock', '--', ...world.folder.script('exit 42')])).status).toBe(42);
  expect((await lock(['/lock', '--', ...world.folder.script('kill -KILL $$')])).status).toBe(137);
  expect((await lock(['/lock', '--', 'no-such-command-anywhere'])).status).toBe(127);
  expect((await lock(['/lock', '--', world.folder.path])).status).toBe(126);
  expect(await new Mutex(world.client, '/lock').participants()).toEqual([]);
});

test.each([
  ['100ms', /docent: \/lock was not acquired within 100 ms.*\nhint: .*holders/],
  ['0s', /^docent: \/lock is held by another.*\nhint: .*holders/],
])('not acquired within %s it gives 124, runs nothing and leaves the line', async (timeout, says) => {
  await using _held = await new Mutex(world.client, '/lock').acquire();
  const { status, err } = await lock(['--timeout', timeout, '/lock', '--', ...world.folder.script('echo > ran')]);
  expect(err).toMatch(says);
  expect(status).toBe(124);
  await expect(world.folder.contentOf('ran')).rejects.toThrow('ENOENT');
  expect(await new Mutex(world.client, '/lock').participants()).toHaveLength(1);
});

test('shared ones run beside each other, an exclusive one alone', async () => {
  const { read, write } = new ReadWriteLock(world.client, '/shared');
  const reader = await read.acquire();
  expect((await lock(['--shared', '--timeout', '0s', '/shared', '--', 'true'])).status).toBe(0);
  expect((await lock(['--exclusive', '--timeout', '0s', '/shared', '--', 'true'])).status).toBe(124);
  await reader.release();
  const told = world.folder.script('echo "$DOCENT_PATH" > told');
  expect((await lock(['--exclusive', '--timeout', '0s', '/shared', '--', ...told])).status).toBe(0);
  expect(await world.folder.contentOf('told')).toMatch(/-__WRIT__\d{10}\n$/);
  await using _writer = await write.acquire();
  expect((await lock(['--shared', '--timeout', '0s', '/shared', '--', 'true'])).status).toBe(124);
});

test('a mutex and a read-write lock do not share a path: that is refused, and nothing is run', async () => {
  await using _reader = await new ReadWriteLock(world.client, '/shared').read.acquire();
  const { status, err } = await lock(['/shared', '--', ...world.folder.script('echo > ran')]);
  expect(status).toBe(1);
  expect(err).toMatch(/^docent: \/shared is in use by a recipe of another kind.*\nhint: .*--shared or --exclusive/);
  await expect(world.folder.contentOf('ran')).rejects.toThrow('ENOENT');
});

test('a free lock is acquired with --timeout 0s', async () => {
  expect((await lock(['--timeout', '0s', '/lock', '--', 'true'])).status).toBe(0);
});

test('it waits in line, says so, and goes on when it is its turn', async () => {
  const held = await new Mutex(world.client, '/lock').acquire();
  const running = locking(['/lock', '--', ...world.folder.script('exit 3')]);
  await running.terminal.until(() => running.terminal.err.includes('waiting for /lock, 1 ahead'));
  await held.release();
  expect(await running.status).toBe(3);
});

test('interrupted while it waits, it leaves the line and gives 130', async () => {
  await using _held = await new Mutex(world.client, '/lock').acquire();
  const running = locking(['/lock', '--', ...world.folder.script('echo > ran')]);
  await running.terminal.until(() => running.terminal.err.includes('waiting'));
  running.terminal.signals$.next('SIGINT');
  expect(await running.status).toBe(130);
  expect(await new Mutex(world.client, '/lock').participants()).toHaveLength(1);
});

test('SIGTERM goes to the command; the lock is held until that has ended', async () => {
  const running = locking(['/lock', '--', ...world.folder.endless('trap "echo ended > told; exit 7" TERM')]);
  await whenRunning();
  const released = firstValueFrom(world.server.requests$.pipe(filter(({ operation }) => operation === 'delete')));
  running.terminal.signals$.next('SIGTERM');
  await released;
  expect(await world.folder.contentOf('told')).toBe('ended\n');
  expect(await running.status).toBe(7);
});

test('the lease lost while the command runs gives 125, after the command has ended', async () => {
  const running = locking(['/lock', '--', ...world.folder.endless('trap "echo ended > told; exit 7" TERM')]);
  const session = await whenRunning();
  world.server.expireSession(session);
  expect(await running.status).toBe(125);
  expect(await world.folder.contentOf('told')).toBe('ended\n');
  expect(running.terminal.err).toMatch(/docent: the lease \/lock\/\S+ is lost/);
});

test('SIGKILL follows when the grace is over', async () => {
  const running = locking(['--grace', '50ms', '/lock', '--', ...world.folder.endless('trap "" TERM')]);
  const session = await whenRunning();
  world.server.expireSession(session);
  expect(await running.status).toBe(125);
});

test('holders shows who holds and who waits, in line order', async () => {
  await using _held = await new Mutex(world.client, '/lock', { id: 'first\u001b[2J' }).acquire();
  const running = locking(['--id', 'second', '/lock', '--', 'true']);
  await running.terminal.until(() => running.terminal.err.includes('waiting'));
  const rows = (await docent(['--hosts', world.server.hosts, 'holders', '/lock'])).out
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  expect(rows.map(([state, , , id]) => [state, id])).toEqual([
    ['STATE', 'ID'],
    ['holds', 'first\\x1b[2J'],
    ['waits', 'second'],
  ]);
  const { objects } = await docent(['--hosts', world.server.hosts, 'holders', '--json', '/lock']);
  expect(objects).toMatchObject([
    { id: 'first\u001b[2J', holds: true, position: 0, sessionId: expect.stringMatching(/^0x/), sinceMs: expect.any(Number) },
    { id: 'second', holds: false, position: 1 },
  ]);
  running.terminal.signals$.next('SIGINT');
  await running.status;
});

test('holders of a lock that nobody has is an empty result', async () => {
  const { status, out, err } = await docent(['--hosts', world.server.hosts, 'holders', '/lock']);
  expect({ status, out }).toEqual({ status: 0, out: '' });
  expect(err).toContain('/lock: nobody holds it');
});
