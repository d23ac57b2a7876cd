import { expect, test } from 'vitest';
import { Mutex } from '../../recipes/index.ts';
import { type Client, connect, systemClock } from '../../src/index.ts';
import { Ensemble } from '../support/ensemble.ts';
import { localServers, needed } from '../support/real-server.ts';
import { Exclusion } from '../support/world.ts';

const path = '/locks/ensemble';
// Whatever order the driver makes of a list, it makes the same of every list.
const clock = { ...systemClock, random: () => 0 };

test('a lock that is held and waited for outlives the death of the leader: same holder, same line, one at a time', {
  timeout: 90_000,
}, async (context) => {
  needed(context, localServers() ?? {});
  const ensemble = await Ensemble.start();
  // Not `await using`: a test that is out of time never gets to its end.
  context.onTestFinished(() => ensemble[Symbol.asyncDispose]());
  const leader = await ensemble.leader();
  const servers = ensemble.members.map(({ hosts }) => hosts);
  // Lists that begin with each server in turn, so that waiters are on all of them, the leader too.
  const lists = [0, 1, 2, 3, 4].map((at) => [...servers.slice(at % 3), ...servers.slice(0, at % 3)]);
  const waiters = await Promise.all(lists.map((hosts) => client(context, hosts)));
  const holder = await client(context, servers);
  const exclusion = new Exclusion();
  const entered: number[] = [];

  const lease = await new Mutex(holder, path).acquire();
  const turns: Promise<void>[] = [];
  for (const [at, waiter] of waiters.entries()) {
    const queued = new Promise<void>((onQueued) => {
      const turn = new Mutex(waiter, path).run((next) => exclusion.enter(next, async () => void entered.push(at)), {
        onQueued: () => onQueued(),
      });
      turns.push(turn);
    });
    await queued;
  }
  const atRelease = exclusion.enter(lease, async () => {
    await leader.kill();
    await holder.connected({ timeoutMs: 60_000 });
    await Promise.all(waiters.map((waiter) => waiter.sync('/')));
    expect(entered).toEqual([]);
    expect(lease.isValid()).toBe(true);
    expect((await holder.exists(lease.path))?.czxid).toBe(lease.token);
  });
  await atRelease;
  await lease.release();
  await Promise.all(turns);

  expect(entered).toEqual([0, 1, 2, 3, 4]);
  expect(exclusion.violations).toEqual([]);
  // Its server may not have heard yet of what the others' have done.
  await holder.sync(path);
  expect(await holder.children(path)).toEqual([]);
  expect([holder, ...waiters].map(({ session }) => session?.number)).toEqual([1, 1, 1, 1, 1, 1]);
});

async function client(context: { onTestFinished(action: () => Promise<void>): void }, hosts: readonly string[]): Promise<Client> {
  const connected = await connect(hosts.join(','), { sessionTimeoutMs: 20_000, operationTimeoutMs: 60_000, clock });
  context.onTestFinished(() => connected.close());
  return connected;
}
