import { expect, test } from 'vitest';
import { LeaderLatch } from '../../../recipes/index.ts';
import { cliWorld } from './cli-world.ts';
import { docent, type Running, start } from './fake-terminal.ts';

const world = cliWorld();

function electing(args: readonly string[]): Running {
  return start(['--hosts', world.server.hosts, 'elect', ...args]);
}

test('the command runs once we lead, knows its lease, and its status is ours; then the next one may lead', async () => {
  const { status, out, err } = await docent([
    '--hosts',
    world.server.hosts,
    'elect',
    '/leader',
    '--',
    ...world.folder.script('echo "$DOCENT_PATH $DOCENT_FENCING_TOKEN" > told; exit 42'),
  ]);
  expect({ status, out, err }).toEqual({ status: 42, out: '', err: '' });
  expect(await world.folder.contentOf('told')).toMatch(/^\/leader\/_c_[0-9a-f-]+-latch-0000000000 \d+\n$/);
  expect(await world.client.children('/leader')).toEqual([]);
});

test('it waits behind the leader, says so, and runs when that one is gone', async () => {
  const leader = new LeaderLatch(world.client, '/leader');
  await using lease = await leader.acquire();
  const running = electing(['--id', 'the next', '/leader', '--', ...world.folder.script('exit 3')]);
  await running.terminal.until(() => running.terminal.err.includes('waiting to lead at /leader, 1 ahead'));
  expect((await leader.participants()).map(({ id }) => id)[1]).toBe('the next');
  await lease.release();
  expect(await running.status).toBe(3);
});

test('interrupted while it waits, it leaves the line and gives 130', async () => {
  await using _lease = await new LeaderLatch(world.client, '/leader').acquire();
  const running = electing(['/leader', '--', ...world.folder.script('echo > ran')]);
  await running.terminal.until(() => running.terminal.err.includes('waiting'));
  running.terminal.signals$.next('SIGINT');
  expect(await running.status).toBe(130);
  expect(await world.client.children('/leader')).toHaveLength(1);
});

test.each(['its session expires', 'somebody deletes its znode'])('when %s, the command is stopped, and the status is 125', async (what) => {
  const running = electing(['/leader', '--', ...world.folder.endless('trap "echo ended > told; exit 7" TERM')]);
  await world.folder.ready();
  const [leader] = await new LeaderLatch(world.client, '/leader').participants();
  if (what === 'its session expires') world.server.expireSession(leader?.sessionId ?? 0n);
  else await world.client.delete(leader?.path ?? '');
  expect(await running.status).toBe(125);
  expect(await world.folder.contentOf('told')).toBe('ended\n');
});
