import { once } from 'node:events';
import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { type LatchState, LeaderLatch } from '../../recipes/index.ts';
import type { ServedRequest } from '../../src/embedded/index.ts';
import { type Client, LeaseLostError } from '../../src/index.ts';
import { stall } from '../support/stall.ts';
import { World } from '../support/world.ts';

const path = '/leaders/counted';
const mayStay = ['/leaders', path];

function record(world: World): ServedRequest['operation'][] {
  const served: ServedRequest['operation'][] = [];
  world.server.requests$.subscribe(({ operation }) => served.push(operation));
  return served;
}

async function when(latch: LeaderLatch, kind: LatchState['kind']): Promise<LatchState> {
  return await firstValueFrom(latch.state$.pipe(filter((state) => state.kind === kind)));
}

/** In line one behind the other, each on a session of its own. */
async function lined(world: World, count: number): Promise<readonly [LeaderLatch, LeaderLatch, ...LeaderLatch[]]> {
  const latches: LeaderLatch[] = [];
  for (let member = 0; member < count; member += 1) {
    const latch = new LeaderLatch(await world.client(), path);
    latches.push(latch);
    latch.start();
    await when(latch, member === 0 ? 'leading' : 'waiting');
  }
  const [first, second, ...others] = latches;
  if (first === undefined || second === undefined) throw new Error('too few');
  return [first, second, ...others];
}

/** Nothing that was asked before is still under way. */
async function settled(world: World, client: Client): Promise<void> {
  await client.sync('/');
  await new Promise(setImmediate);
  expect(world.server.sessions().length).toBeGreaterThan(0);
}

test.each([3, 50])(
  'with %i members, closing the leader costs one deletion, and the next one leads one event and one listing later',
  async (count) => {
    await using world = await World.start(mayStay);
    const [first, second, ...others] = await lined(world, count);
    const observer = await world.client();
    await settled(world, observer);
    const served = record(world);
    await Promise.all([first.close(), when(second, 'leading')]);
    // The watch on its own znode comes after it leads, and nobody waits for that.
    await settled(world, observer);
    expect(served.filter((operation) => operation !== 'sync')).toEqual(['delete', 'getChildren', 'getData']);
    expect(others.filter((latch) => latch.hasLeadership)).toEqual([]);
    await Promise.all([second, ...others].map((latch) => latch.close()));
  },
);

test('it leads before it has watched its own znode', async () => {
  await using world = await World.start(mayStay);
  const latch = new LeaderLatch(await world.client(), path);
  await latch.run(() => {});
  const served = record(world);
  const lease = await latch.acquire();
  expect(served).toEqual(['create2', 'getChildren']);
  await lease.release();
});

test('a leader that cannot be sure of its session any more leads no more, before the next one can', async () => {
  await using world = await World.start(mayStay);
  const [cutOff, other] = [await world.client({ sessionTimeoutMs: 2_000 }), await world.client()];
  const [first, second] = [new LeaderLatch(cutOff, path), new LeaderLatch(other, path)];
  const lease = await first.acquire();
  second.start();
  await when(second, 'waiting');
  let wasLedByBoth: boolean | undefined;
  const next = when(second, 'leading').then(() => {
    wasLedByBoth = first.hasLeadership || lease.isValid();
  });
  world.server.faults.pause(cutOff.session?.id);
  await once(lease.signal, 'abort');
  expect(first.hasLeadership).toBe(false);
  expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
  world.server.faults.resume();
  await next;
  expect(wasLedByBoth).toBe(false);
  await Promise.all([first.close(), second.close()]);
});

test('the first line after a stalled event loop sees that it does not lead', async () => {
  await using world = await World.start(mayStay);
  await using latch = new LeaderLatch(await world.client({ sessionTimeoutMs: 1_000 }), path);
  latch.start();
  await when(latch, 'leading');
  stall(1_100);
  expect(latch.hasLeadership).toBe(false);
  await when(latch, 'stopping').catch(() => {});
  await when(latch, 'leading');
});

test('after an expiry it leads by a new znode, not by the one that is found', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client({ sessionTimeoutMs: 2_000 });
  await using latch = new LeaderLatch(client, path);
  latch.start();
  const before = await when(latch, 'leading');
  // Our own clock gives the session up; the server still has it, and the znode with it.
  world.server.faults.pause(client.session?.id);
  await when(latch, 'joining');
  world.server.faults.resume();
  const after = await when(latch, 'leading');
  expect(after).not.toEqual(before);
  expect(world.server.sessions().flatMap(({ ephemerals }) => ephemerals)).toEqual([after.kind === 'leading' && after.path]);
});

test('a short cut of the connection changes nothing, and emits nothing', async () => {
  await using world = await World.start(mayStay);
  const [one, other] = [await world.client(), await world.client()];
  const [first, second] = [new LeaderLatch(one, path), new LeaderLatch(other, path)];
  first.start();
  const before = await when(first, 'leading');
  second.start();
  await when(second, 'waiting');
  const states: LatchState[] = [];
  const watching = [first, second].map((latch) => latch.state$.subscribe((state) => states.push(state)));
  world.server.faults.dropConnections();
  await Promise.all([one, other].map((client) => firstValueFrom(client.state$.pipe(filter((state) => state === 'suspended')))));
  await Promise.all([one.connected(), other.connected()]);
  await settled(world, one);
  await settled(world, other);
  expect(states).toEqual([before, { kind: 'waiting', position: 1 }]);
  for (const each of watching) each.unsubscribe();
  await Promise.all([first.close(), second.close()]);
});

test("with onSuspended: 'abort' leadership ends with the contact, and the latch goes to the end of the line", async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  await using latch = new LeaderLatch(client, path, { onSuspended: 'abort' });
  latch.start();
  const before = await when(latch, 'leading');
  const ended = when(latch, 'joining');
  world.server.faults.dropConnections();
  await ended;
  const after = await when(latch, 'leading');
  expect(after).not.toEqual(before);
  expect(client.session?.number).toBe(1);
  await client.sync('/');
  expect(await client.children(path)).toHaveLength(1);
});

test('started before there is a server, it leads when there is one', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  await world.server.faults.stop();
  await using latch = new LeaderLatch(client, path);
  latch.start();
  const states: string[] = [];
  const watching = latch.state$.subscribe(({ kind }) => states.push(kind));
  await world.server.faults.start();
  await when(latch, 'leading');
  watching.unsubscribe();
  expect(states.filter((kind) => kind === 'leading')).toEqual(['leading']);
});
