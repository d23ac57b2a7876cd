import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { PersistentNode, type PersistentNodeState } from '../../recipes/index.ts';
import type { ServedRequest } from '../../src/embedded/index.ts';
import { type Client, type Clock, PathTakenError, systemClock } from '../../src/index.ts';
import { sweepFaults } from '../support/sweep.ts';
import { World } from '../support/world.ts';

const path = '/nodes/n';
const mayStay = ['/nodes'];

async function when(node: PersistentNode, kind: PersistentNodeState['kind']): Promise<PersistentNodeState> {
  return await firstValueFrom(node.state$.pipe(filter((state) => state.kind === kind)));
}

/** Resolves when the znode is as it should be, to somebody else: whose session it is in, and what it holds. */
async function seen(client: Client, path: string, data: string): Promise<void> {
  await firstValueFrom(client.data$(path).pipe(filter((node) => node?.data.toString() === data)));
}

/** How many requests it takes varies: these follow, so that a fault meets one of them where it would have met none. */
async function quiet(...clients: readonly Client[]): Promise<void> {
  for (let times = 0; times < 2; times += 1) await Promise.all(clients.map((client) => client.sync('/')));
}

sweepFaults('a node is made, changed, deleted by somebody, made again and closed: it always comes back, and goes in the end', {
  mayStay,
  play: async (world) => {
    const [client, other] = [await world.client(), await world.client()];
    const node = new PersistentNode(client, path, '1');
    await node.created({ signal: world.signal });
    await node.setData('2', { signal: world.signal });
    await seen(other, path, '2');
    await other.deleteAll(path);
    await seen(other, path, '2');
    await Promise.all([node.setData('3'), node.setData('4', { signal: world.signal })]);
    await seen(other, path, '4');
    await node.close();
    await quiet(client, other);
  },
});

sweepFaults('two that want one path have it one after the other', {
  mayStay,
  play: async (world) => {
    const [one, two] = [await world.client(), await world.client()];
    const nodes = [new PersistentNode(one, path, 'one'), new PersistentNode(two, path, 'two')];
    for (const node of nodes) node.start();
    const first = await Promise.race(nodes.map((node) => node.created({ signal: world.signal }).then(() => node)));
    await first.close();
    for (const node of nodes.filter((each) => each !== first)) {
      await node.created({ signal: world.signal });
      await node.close();
    }
    // Whoever came second was told so.
    world.errors.splice(0, Number.POSITIVE_INFINITY, ...world.errors.filter((error) => !(error instanceof PathTakenError)));
    await quiet(one, two);
  },
});

sweepFaults('a protected sequential one leaves no second one behind', {
  mayStay,
  play: async (world) => {
    const [client, other] = [await world.client(), await world.client()];
    const node = new PersistentNode(client, '/nodes/s-', 'x', { mode: 'ephemeral-sequential' });
    await other.delete(await node.created({ signal: world.signal })).catch(() => {});
    await firstValueFrom(other.children$('/nodes').pipe(filter((children) => children?.length === 1)));
    await node.created({ signal: world.signal });
    await node.close();
    await quiet(client, other);
  },
});

sweepFaults('a lasting one is gone after it was closed', {
  mayStay,
  play: async (world) => {
    const client = await world.client();
    const node = new PersistentNode(client, path, '1', { mode: 'persistent' });
    await node.created({ signal: world.signal });
    await node.setData('2', { signal: world.signal });
    await node.close();
    await quiet(client);
  },
});

sweepFaults('closing it while it is being made leaves nothing', {
  mayStay,
  play: async (world) => {
    const client = await world.client();
    await client.ensurePath('/nodes');
    const node = new PersistentNode(client, path, '1');
    const asked = firstValueFrom(world.server.requests$.pipe(filter((request) => request.path === path)));
    node.start();
    await asked;
    await node.close();
    await quiet(client);
  },
});

test('closing it while it is being made leaves another that is there alone', async () => {
  await using world = await World.start(mayStay);
  const [client, other] = [await world.client(), await world.client()];
  await other.create(path, 'theirs', { mode: 'ephemeral', parents: true });
  const node = new PersistentNode(client, path, 'ours');
  const asked = firstValueFrom(world.server.requests$.pipe(filter(({ operation }) => operation === 'create2')));
  node.start();
  await asked;
  await node.close();
  expect((await other.get(path)).data.toString()).toBe('theirs');
});

test('one that another has put in its place meanwhile is not written to', async () => {
  await using world = await World.start(mayStay);
  const [client, other] = [await world.client(), await world.client()];
  const node = new PersistentNode(client, path, 'ours');
  await node.created();
  // As if it were far away: it is told of nothing, and what it asks for comes late.
  world.server.faults.pause(client.session?.id);
  await other.delete(path);
  await other.create(path, 'theirs', { mode: 'ephemeral' });
  await other.set(path, 'still theirs');
  const stored = node.setData('ours again');
  world.server.faults.resume();
  await when(node, 'taken');
  expect((await other.get(path)).data.toString()).toBe('still theirs');
  await other.delete(path);
  await stored;
  expect((await other.get(path)).data.toString()).toBe('ours again');
  await node.close();
});

test('after an expiry it is made anew, and the one of the session before is not taken for it', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client({ sessionTimeoutMs: 2_000 });
  await using node = new PersistentNode(client, path, 'x');
  await node.created();
  const before = await when(node, 'present');
  // Our own clock gives the session up; the server still has it, and the znode with it.
  world.server.faults.pause(client.session?.id);
  await when(node, 'creating');
  // Nor is it told to the world that the path is another's.
  await when(node, 'taken');
  world.server.faults.resume();
  const after = await when(node, 'present');
  expect(world.errors).toEqual([]);
  expect(after).not.toEqual(before);
  expect((await client.exists(path))?.ephemeralOwner).toBe(client.session?.id);
});

test("the end of another's session lets it in", async () => {
  await using world = await World.start(mayStay);
  const [client, other] = [await world.client(), await world.client()];
  await other.create(path, '', { mode: 'ephemeral', parents: true });
  await using node = new PersistentNode(client, path, 'x');
  node.start();
  await when(node, 'taken');
  world.server.expireSession(other.session?.id ?? 0n);
  await node.created();
  expect((await client.exists(path))?.ephemeralOwner).toBe(client.session?.id);
  expect(world.errors).toEqual([expect.any(PathTakenError)]);
});

test('a short cut of the connection changes nothing, and tells nothing', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  await using node = new PersistentNode(client, path, 'x');
  await node.created();
  const states: PersistentNodeState[] = [];
  const telling = node.state$.subscribe((state) => states.push(state));
  const before = await client.exists(path);
  world.server.faults.dropConnections();
  await firstValueFrom(client.state$.pipe(filter((state) => state === 'suspended')));
  await client.connected();
  await client.sync('/');
  expect(await client.exists(path)).toEqual(before);
  expect(states).toHaveLength(1);
  telling.unsubscribe();
});

test('it is wanted from before there is a server, and while there is none', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  await world.server.faults.stop();
  await firstValueFrom(client.state$.pipe(filter((state) => state === 'suspended')));
  const node = new PersistentNode(client, path, '1');
  node.start();
  const stored = node.setData('2');
  await world.server.faults.start();
  await stored;
  expect((await client.get(path)).data.toString()).toBe('2');
  await node.close();
});

test('without parents it is told when its parent is there, and does not ask again and again', async () => {
  await using world = await World.start(mayStay);
  const other = await world.client();
  const delaysMs: number[] = [];
  const clock: Clock = {
    ...systemClock,
    setTimer(delayMs, ...rest) {
      delaysMs.push(delayMs);
      return systemClock.setTimer(delayMs, ...rest);
    },
  };
  // Its pings are far between, and so is what its driver waits for.
  const node = new PersistentNode(await world.client({ clock, sessionTimeoutMs: 40_000 }), path, '', { parents: false });
  const refused = firstValueFrom(world.server.requests$.pipe(filter((request) => request.operation === 'addWatch')));
  delaysMs.length = 0;
  node.start();
  await refused;
  await other.ensurePath('/nodes');
  await node.created();
  expect(delaysMs.filter((ms) => ms <= 50)).toEqual([]);
  await node.close();
});

test('it takes three requests to make and watch it, and three to take it away', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  await client.create('/nodes', null, { mode: 'container' });
  const served: ServedRequest['operation'][] = [];
  world.server.requests$.subscribe(({ operation }) => served.push(operation));
  const node = new PersistentNode(client, path, 'x');
  await node.created();
  await client.sync('/');
  expect(served).toEqual(['create2', 'addWatch', 'getData', 'sync']);
  served.length = 0;
  await node.setData('y');
  await client.sync('/');
  expect(served).toEqual(['setData', 'getData', 'sync']);
  served.length = 0;
  await node.close();
  expect(served.toSorted()).toEqual(['delete', 'exists', 'removeWatches', 'sync']);
});
