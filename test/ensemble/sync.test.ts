import { expect, type TestContext, test } from 'vitest';
import { type Client, connect } from '../../src/index.ts';
import { Ensemble } from '../support/ensemble.ts';
import { localServers, needed } from '../support/real-server.ts';

test('after a sync, a reader on a follower that lags behind sees what others have written before', { timeout: 60_000 }, async (context) => {
  needed(context, localServers() ?? {});
  const ensemble = await Ensemble.start();
  context.onTestFinished(() => ensemble[Symbol.asyncDispose]());
  const leader = await ensemble.leader();
  const [follower = leader] = ensemble.members.filter((member) => member !== leader);
  const writer = await client(context, leader.hosts);
  const reader = await client(context, follower.hosts);
  const early: string[] = [];
  const synced: string[] = [];
  await writer.create('/read', '0');
  await reader.sync('/');

  const rounds = Array.from({ length: 5 }, (_, at) => String(at + 1));
  for (const round of rounds) {
    follower.signal('SIGSTOP');
    // The follower has them all to catch up with.
    await Promise.all(Array.from({ length: 500 }, () => writer.set('/read', 'not yet')));
    await writer.set('/read', round);
    const reads = [reader.get('/read'), reader.sync('/read').then(() => reader.get('/read'))];
    follower.signal('SIGCONT');
    const [first, second] = await Promise.all(reads);
    early.push(String(first?.data));
    synced.push(String(second?.data));
  }

  expect(synced).toEqual(rounds);
  // Else nothing has been shown.
  expect(early).not.toEqual(rounds);
});

async function client(context: TestContext, hosts: string): Promise<Client> {
  const connected = await connect(hosts, { sessionTimeoutMs: 20_000 });
  context.onTestFinished(() => connected.close());
  return connected;
}
