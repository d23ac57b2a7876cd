import { expect, type TestContext, test } from 'vitest';
import { type Lease, Mutex } from '../../recipes/index.ts';
import { type Client, connect } from '../../src/index.ts';
import { Ensemble } from '../support/ensemble.ts';
import { Probe } from '../support/probe.ts';
import { localServers, needed } from '../support/real-server.ts';

test('a lock below a chroot, held and waited for, outlives the restart of every member, one after the other', {
  timeout: 90_000,
}, async (context) => {
  needed(context, localServers() ?? {});
  const ensemble = await Ensemble.start();
  context.onTestFinished(() => ensemble[Symbol.asyncDispose]());
  const admin = await client(context, ensemble.hosts);
  await admin.create('/app/data', 'as it was', { parents: true });
  const holder = await client(context, `${ensemble.hosts}/app`);
  const waiter = await client(context, `${ensemble.hosts}/app`);
  const watcher = await client(context, `${ensemble.hosts}/app`);
  using data = new Probe(watcher.data$('/data'));
  expect((await data.next())?.data.toString()).toBe('as it was');
  const lease = await new Mutex(holder, '/lock').acquire();
  const tokens: bigint[] = [];
  const turns: Promise<void>[] = [];
  await new Promise<void>((resolve) => {
    const work = async (next: Lease) => void tokens.push(next.token);
    turns.push(new Mutex(waiter, '/lock').run(work, { onQueued: () => resolve() }));
  });

  for (const member of ensemble.members) {
    await member.kill();
    await member.start();
    await Promise.all([holder, waiter, watcher].map((each) => each.sync('/')));
    expect([lease.isValid(), tokens]).toEqual([true, []]);
  }

  await admin.set('/app/data', 'changed');
  expect((await data.next())?.data.toString()).toBe('changed');
  expect((await holder.exists(lease.path))?.czxid).toBe(lease.token);
  expect([holder, waiter, watcher].map(({ session }) => session?.number)).toEqual([1, 1, 1]);
  await lease.release();
  await Promise.all(turns);
  expect(tokens[0]).toBeGreaterThan(lease.token);
});

async function client(context: TestContext, hosts: string): Promise<Client> {
  const connected = await connect(hosts, { sessionTimeoutMs: 20_000, operationTimeoutMs: 60_000 });
  context.onTestFinished(() => connected.close());
  return connected;
}
