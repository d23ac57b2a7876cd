import { afterEach, beforeEach, expect, test } from 'vitest';
import { LeaderLatch } from '../../../recipes/index.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../../src/embedded/index.ts';
import { type Client, connect } from '../../../src/index.ts';
import { docent, type Running, start } from './fake-terminal.ts';
import { ScriptFolder } from './script-folder.ts';

let server: EmbeddedServer;
let client: Client;
let folder: ScriptFolder;

beforeEach(async () => {
  server = await startEmbeddedServer();
  client = await connect(server.hosts);
  folder = await ScriptFolder.make();
});

afterEach(async () => {
  await client.close();
  await server.close();
  await folder[Symbol.asyncDispose]();
});

function electing(args: readonly string[]): Running {
  return start(['--hosts', server.hosts, 'elect', ...args]);
}

test('the command runs once we lead, knows its lease, and its status is ours; then the next one may lead', async () => {
  const { status, out, err } = await docent([
    '--hosts',
    server.hosts,
    'elect',
    '/leader',
    '--',
    ...folder.script('echo "$DOCENT_PATH $DOCENT_FENCING_TOKEN" > told; exit 42'),
  ]);
  expect({ status, out, err }).toEqual({ status: 42, out: '', err: '' });
  expect(await folder.contentOf('told')).toMatch(/^\/leader\/_c_[0-9a-f-]+-latch-0000000000 \d+\n$/);
  expect(await client.children('/leader')).toEqual([]);
});

test('it waits behind the leader, says so, and runs when that one is gone', async () => {
  const leader = new LeaderLatch(client, '/leader');
  await using lease = await leader.acquire();
  const running = electing(['--id', 'the next', '/leader', '--', ...folder.script('exit 3')]);
  await running.terminal.until(() => running.terminal.err.includes('waiting to lead at /leader, 1 ahead'));
  expect((await leader.participants()).map(({ id }) => id)[1]).toBe('the next');
  await lease.release();
  expect(await running.status).toBe(3);
});

test('interrupted while it waits, it leaves the line and gives 130', async () => {
  await using _lease = await new LeaderLatch(client, '/leader').acquire();
  const running = electing(['/leader', '--', ...folder.script('echo > ran')]);
  await running.terminal.until(() => running.terminal.err.includes('waiting'));
  running.terminal.signals$.next('SIGINT');
  expect(await running.status).toBe(130);
  expect(await client.children('/leader')).toHaveLength(1);
});

test.each(['its session expires', 'somebody deletes its znode'])('when %s, the command is stopped, and the status is 125', async (what) => {
  const running = electing(['/leader', '--', ...folder.endless('trap "echo ended > told; exit 7" TERM')]);
  await folder.ready();
  const [leader] = await new LeaderLatch(client, '/leader').participants();
  if (what === 'its session expires') server.expireSession(leader?.sessionId ?? 0n);
  else await client.delete(leader?.path ?? '');
  expect(await running.status).toBe(125);
  expect(await folder.contentOf('told')).toBe('ended\n');
});
