import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { type LatchState, LeaderLatch } from '../../recipes/index.ts';
import { type Client, connect, systemClock } from '../../src/index.ts';
import { Ensemble } from '../support/ensemble.ts';
import { localServers, needed } from '../support/real-server.ts';

const path = '/leaders/ensemble';
// Whatever order the driver makes of a list, it makes the same of every list.
const clock = { ...systemClock, random: () => 0 };

async function when(latch: LeaderLatch, kind: LatchState['kind']): Promise<LatchState> {
  return await firstValueFrom(latch.state$.pipe(filter((state) => state.kind === kind)));
}

test('while a latch leads, the leading server dies: the same latch leads on, by the same znode, and then the next in line', {
  timeout: 90_000,
}, async (context) => {
  needed(context, localServers() ?? {});
  const ensemble = await Ensemble.start();
  // Not `await using`: a test that is out of time never gets to its end.
  context.onTestFinished(() => ensemble[Symbol.asyncDispose]());
  const leader = await ensemble.leader();
  const servers = ensemble.members.map(({ hosts }) => hosts);
  // Each begins with another server, so that one of them is on the one that dies.
  const clients = await Promise.all([0, 1, 2].map((at) => client(context, [...servers.slice(at), ...servers.slice(0, at)])));
  const latches: LeaderLatch[] = [];
  for (const each of clients) {
    const latch = new LeaderLatch(each, path);
    latch.start();
    await when(latch, latches.length === 0 ? 'leading' : 'waiting');
    latches.push(latch);
  }
  const [first, second, third] = latches;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three were made');

  const seen: LatchState[] = [];
  const watching = latches.map((latch) => latch.state$.subscribe((state) => seen.push(state)));
  const before = [...seen];
  await leader.kill();
  await Promise.all(clients.map((each) => each.connected({ timeoutMs: 60_000 })));
  await Promise.all(clients.map((each) => each.sync('/')));
  expect(seen, 'no state has changed').toEqual(before);
  expect(latches.map((latch) => latch.hasLeadership)).toEqual([true, false, false]);
  for (const each of watching) each.unsubscribe();

  await first.close();
  await when(second, 'leading');
  expect(third.hasLeadership).toBe(false);
  await second.close();
  await when(third, 'leading');
  await third.close();
  expect(clients.map(({ session }) => session?.number)).toEqual([1, 1, 1]);
});

async function client(context: { onTestFinished(action: () => Promise<void>): void }, hosts: readonly string[]): Promise<Client> {
  const connected = await connect(hosts.join(','), { sessionTimeoutMs: 20_000, operationTimeoutMs: 60_000, clock });
  context.onTestFinished(() => connected.close());
  return connected;
}
