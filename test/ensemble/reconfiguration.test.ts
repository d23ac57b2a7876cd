import { expect, type TestContext, test } from 'vitest';
import { Mutex } from '../../recipes/index.ts';
import { type Client, type ClientOptions, connect, OutcomeUnknownError } from '../../src/index.ts';
import { Ensemble } from '../support/ensemble.ts';
import { localServers, needed } from '../support/real-server.ts';

test('a client that follows the configuration keeps its session and its lock when every server that it was given is replaced', {
  timeout: 90_000,
}, async (context) => {
  needed(context, localServers() ?? {});
  const ensemble = await Ensemble.start(3, { reconfig: true });
  context.onTestFinished(() => ensemble[Symbol.asyncDispose]());
  // A chroot, since the configuration lies outside of it.
  const follower = await client(context, `${ensemble.hosts}/app`, { followConfig: true });
  const other = await client(context, ensemble.hosts);
  await other.create('/app');
  const lease = await new Mutex(follower, '/lock').acquire();
  const session = await follower.connected();

  const { server, line } = await ensemble.addServer();
  const admin = await client(context, server.hosts);
  await admin.reconfig({ joining: line });
  const leader = await ensemble.leader();
  for (const member of [...ensemble.members.filter((each) => each !== leader), leader]) {
    await leave(admin, ensemble.members.indexOf(member) + 1);
    await member.kill();
    await follower.sync('/');
  }

  expect((await admin.config()).data.toString()).not.toContain('server.1');
  expect((await follower.exists(lease.path))?.czxid).toBe(lease.token);
  expect(lease.isValid()).toBe(true);
  expect(follower.session).toBe(session);
  expect(other.state).not.toBe('connected');
});

/** Takes a server out of the ensemble. */
async function leave(admin: Client, id: number): Promise<void> {
  try {
    await admin.reconfig({ leaving: String(id) });
  } catch (error) {
    // A leader that leaves takes the connections of its followers with it.
    if (!(error instanceof OutcomeUnknownError)) throw error;
    if ((await admin.config()).data.includes(`server.${id}=`)) await leave(admin, id);
  }
}

async function client(context: TestContext, hosts: string, options: Omit<ClientOptions, 'hosts'> = {}): Promise<Client> {
  const connected = await connect(hosts, { sessionTimeoutMs: 20_000, operationTimeoutMs: 60_000, ...options });
  context.onTestFinished(() => connected.close());
  return connected;
}
