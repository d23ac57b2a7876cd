import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { Group, GroupMember } from '../../../recipes/index.ts';
import { bytes, connect, creatorAllAcl } from '../../../src/index.ts';
import { cliWorld } from './cli-world.ts';
import { docent, type Ended, type Running, start } from './fake-terminal.ts';

const path = '/app/workers';

const world = cliWorld();

function group(...args: readonly string[]): Promise<Ended> {
  return docent(['--hosts', world.server.hosts, 'group', ...args]);
}

function running(...args: readonly string[]): Running {
  return start(['--hosts', world.server.hosts, 'group', ...args]);
}

async function idsAre(...expected: readonly string[]): Promise<void> {
  await firstValueFrom(new Group(world.client, path).ids$.pipe(filter((ids) => ids.join() === expected.join())));
}

test('join: the command runs while it is a member, knows its znode, and its status is ours', async () => {
  const script = world.folder.script('echo "$DOCENT_PATH $DOCENT_FENCING_TOKEN" > told; exit 42');
  const { status, out, err } = await group('join', '--id', 'w-1', path, '--', ...script);
  expect({ status, out, err }).toEqual({ status: 42, out: '', err: '' });
  expect(await world.folder.contentOf('told')).toMatch(/^\/app\/workers\/w-1 \d+\n$/);
  await idsAre();
});

test('join: others see it with its data while the command runs, and no more when it has ended', async () => {
  const joined = running('join', '--id', 'w-1', '--data', '{"slots":4}', path, '--', ...world.folder.endless('trap "exit 7" TERM'));
  await world.folder.ready();
  const { status, out } = await group('ls', path);
  expect({ status, out }).toEqual({ status: 0, out: 'ID   DATA\nw-1  {"slots":4}\n' });
  joined.terminal.signals$.next('SIGTERM');
  expect(await joined.status).toBe(7);
  await idsAre();
});

test('join: a lost session does not end the command, and it is a member again in the next', async () => {
  const joined = running('join', '--id', 'w-1', path, '--', ...world.folder.endless('trap "exit 7" TERM'));
  await world.folder.ready();
  const before = await world.client.exists(`${path}/w-1`);
  world.server.expireSession(before?.ephemeralOwner ?? 0n);
  const anew$ = world.client.data$(`${path}/w-1`).pipe(filter((node) => node !== null && node.stat.czxid !== before?.czxid));
  await firstValueFrom(anew$);
  joined.terminal.signals$.next('SIGTERM');
  expect(await joined.status).toBe(7);
});

test('join: while another has the id it waits, says so, and gives up with 124', async () => {
  await using member = new GroupMember(world.client, path, 'w-1');
  await member.join();
  const { status, err } = await group('join', '--id', 'w-1', '--timeout', '2s', path, '--', ...world.folder.script('echo > ran'));
  expect(err).toContain(`waiting to be ${path}/w-1, which session 0x${world.client.session?.id.toString(16)} is`);
  expect(err).toMatch(/\/app\/workers\/w-1: session 0x[0-9a-f]+ has the path, and ours was not there within 2000 ms/);
  expect(status).toBe(124);
  await expect(world.folder.contentOf('ran')).rejects.toThrow('ENOENT');
  await idsAre('w-1');
});

test('join: data from standard input', async () => {
  const joined = start(['--hosts', world.server.hosts, 'group', 'join', '--id', 'w-1', '--data', '-', path, '--', 'sleep', '60'], {
    stdin: Buffer.from([0, 255]),
  });
  await firstValueFrom(world.client.data$(`${path}/w-1`).pipe(filter((node) => node?.data.equals(Buffer.from([0, 255])) === true)));
  expect((await group('ls', '--json', path)).objects).toEqual([{ id: 'w-1', data: 'AP8=', encoding: 'base64' }]);
  joined.terminal.signals$.next('SIGTERM');
  expect(await joined.status).toBe(143);
});

test('ls: of nobody an empty result and 0', async () => {
  const { status, out, err } = await group('ls', path);
  expect({ status, out }).toEqual({ status: 0, out: '' });
  expect(err).toContain(`${path}: nobody is there`);
});

test('ls -w: again whenever somebody comes, changes or goes', async () => {
  const { terminal, status } = running('ls', '-w', path);
  await terminal.until(() => terminal.out === '\n');
  const member = new GroupMember(world.client, path, 'b', { codec: bytes, data: Buffer.from('1') });
  await member.join();
  await terminal.until(() => terminal.out === '\nID  DATA\nb   1\n\n');
  await member.setData(Buffer.from('2'));
  await terminal.until(() => terminal.out.endsWith('\n\nID  DATA\nb   2\n\n'));
  await member.leave();
  await terminal.until(() => terminal.out.endsWith('b   2\n\n\n'));
  terminal.signals$.next('SIGINT');
  expect(await status).toBe(0);
});

test('ls: one whose data may not be read is shown, and why is said', async () => {
  await using owner = await connect(world.server.hosts, { auth: [{ scheme: 'digest', credential: 'a:b' }] });
  await owner.create(`${path}/closed`, 'secret', { parents: true });
  await owner.setAcl(`${path}/closed`, creatorAllAcl);
  const { status, out, err } = await group('ls', path);
  expect({ status, out }).toEqual({ status: 0, out: 'ID      DATA\nclosed\n' });
  expect(err).toContain(`${path}/closed`);
  expect((await group('ls', '--json', path)).objects).toEqual([{ id: 'closed', data: null, error: expect.stringContaining('permit') }]);
});

test.each([
  [['join', path, '--', 'true'], "required option '--id <id>' not specified"],
  [['join', '--id', 'a/b', path, '--', 'true'], 'docent: --id: must be the name of a znode'],
  [['join', '--id', 'a', '--timeout', '0s', path, '--', 'true'], 'docent: --timeout: must be greater than 0'],
  [['join', '--id', 'a', path], "missing required argument 'command'"],
  [['ls', 'relative'], "must start with '/'"],
  [['leave'], "unknown command 'leave'"],
])('wrong arguments %j end with 2', async (args, says) => {
  const { status, err } = await group(...args);
  expect(err).toContain(says);
  expect(err).toContain('Usage: docent group');
  expect(status).toBe(2);
});
