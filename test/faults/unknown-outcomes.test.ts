import { expect, test } from 'vitest';
import { z } from 'zod';
import { Config, model } from '../../recipes/index.ts';
import {
  type Client,
  NoAuthError,
  NodeExistsError,
  NoNodeError,
  none,
  OutcomeUnknownError,
  permissions,
  RefusedError,
  TooManyRequestsError,
  times,
} from '../../src/index.ts';
import { World } from '../support/world.ts';

/** Two clients that know how far the server has come, the second of which loses contact at its next request of a kind. */
async function two(
  world: World,
  operation: 'create2' | 'delete' | 'setData',
  kind: 'cut-before-apply' | 'cut-after-apply',
): Promise<[Client, Client]> {
  const [one, other] = [await world.client(), await world.client()];
  await Promise.all([one.sync(), other.sync()]);
  world.server.faults.inject({ kind }, { operation, sessionId: (await other.connected()).id });
  return [one, other];
}

function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

for (const kind of ['cut-before-apply', 'cut-after-apply'] as const) {
  test(`two who make the same znode are not both told that they have (${kind})`, async () => {
    await using world = await World.start();
    const [one, other] = await two(world, 'create2', kind);
    await one.create('/a', 'x');
    expect(await errorOf(other.create('/a', 'x'))).toSatisfy(
      (found) => found instanceof NodeExistsError || found instanceof OutcomeUnknownError,
    );
    await one.deleteAll('/a');
  });

  test(`two who delete the same znode are not both told that they have (${kind})`, async () => {
    await using world = await World.start();
    const [one, other] = await two(world, 'delete', kind);
    await one.create('/a');
    await one.delete('/a');
    expect(await errorOf(other.delete('/a'))).toSatisfy((found) => found instanceof NoNodeError || found instanceof OutcomeUnknownError);
  });

  test(`two increments of a configuration that is not there yet are both counted, or not both confirmed (${kind})`, async () => {
    await using world = await World.start();
    const [one, other] = await two(world, 'create2', kind);
    const increment = (client: Client) =>
      new Config(client, '/c', z.object({ n: z.number() }), { defaults: { n: 0 } }).update(({ n }) => ({ n: n + 1 }));
    const outcomes = await Promise.allSettled([increment(other), increment(one)]);
    const confirmed = outcomes.filter(({ status }) => status === 'fulfilled').length;
    const { n } = JSON.parse((await one.get('/c')).data.toString()) as { n: number };
    expect(n).toBeGreaterThanOrEqual(confirmed);
    await one.deleteAll('/c');
  });

  test(`two who make the same entity of a model are not both told that they have (${kind})`, async () => {
    await using world = await World.start(['/users']);
    const [one, other] = await two(world, 'create2', kind);
    const users = model('/users/{id}', z.object({ n: z.number() }));
    const outcomes = await Promise.allSettled([other, one].map((client) => users.on(client).create({ id: 'x' }, { n: 1 })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeLessThan(2);
    await one.deleteAll('/users/x');
  });
}

test('two calls of one session that make the same ephemeral znode at once are not both told that they have', async () => {
  await using world = await World.start();
  const [, client] = await two(world, 'create2', 'cut-after-apply');
  const namespaced = client.usingNamespace('/');
  const outcomes = await Promise.allSettled([
    client.create('/e', 'x', { mode: 'ephemeral' }),
    namespaced.create('/e', 'x', { mode: 'ephemeral' }),
  ]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeLessThan(2);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected')
      expect(outcome.reason).toSatisfy((e) => e instanceof NodeExistsError || e instanceof OutcomeUnknownError);
  }
  await client.deleteAll('/e');
});

test('an ephemeral znode that one call alone has made is known by its owner', async () => {
  await using world = await World.start();
  const [, client] = await two(world, 'create2', 'cut-after-apply');
  const { stat } = await client.create('/e', 'x', { mode: 'ephemeral' });
  expect(stat.ephemeralOwner).toBe(client.session?.id);
  await client.delete('/e');
});

test('what is idempotent goes through a lost reply, whoever has done it', async () => {
  await using world = await World.start();
  const [, client] = await two(world, 'create2', 'cut-after-apply');
  expect((await client.create('/a', 'x', { idempotent: true })).path).toBe('/a');
  world.server.faults.inject({ kind: 'cut-after-apply' }, { operation: 'delete' });
  await client.delete('/a', { idempotent: true });
  expect(await client.exists('/a')).toBeNull();
  await expect(client.delete('/a', { idempotent: true })).rejects.toBeInstanceOf(NoNodeError);
});

test('a write whose znode may not be read afterwards is unknown, not refused', async () => {
  await using world = await World.start();
  const [, client] = await two(world, 'setData', 'cut-after-apply');
  const acl = [{ perms: permissions.write | permissions.delete, scheme: 'world', id: 'anyone' }];
  await client.create('/a', '0', { acl });
  await expect(client.get('/a')).rejects.toBeInstanceOf(NoAuthError);
  await expect(client.set('/a', '1')).rejects.toBeInstanceOf(OutcomeUnknownError);
  await client.delete('/a');
});

test('what was sent and may not be looked after is unknown', async () => {
  await using world = await World.start();
  const client = await world.client({ retry: none });
  world.server.faults.inject({ kind: 'cut-after-apply' }, { operation: 'create2' });
  await expect(client.create('/a')).rejects.toBeInstanceOf(OutcomeUnknownError);
  await client.connected();
  await client.deleteAll('/a');
});

test('one break is one failure of a call, however many of its requests it hits', async () => {
  await using world = await World.start();
  const client = await world.client({ retry: times(2, () => 10) });
  await client.create('/wide');
  await client.transaction(Array.from({ length: 40 }, (_, n) => ({ op: 'create' as const, path: `/wide/${n}` })));
  let isCut = false;
  const cutting = world.server.requests$.subscribe(({ operation }) => {
    if (operation !== 'delete' || isCut) return;
    isCut = true;
    world.server.faults.dropConnections();
  });
  await client.deleteAll('/wide');
  cutting.unsubscribe();
  expect(isCut).toBe(true);
  expect(await client.exists('/wide')).toBeNull();
});

test('a call that has failed sends nothing more', async () => {
  await using world = await World.start();
  const client = await world.client({ retry: times(1, () => 10) });
  await client.create('/wide');
  await client.transaction(Array.from({ length: 40 }, (_, n) => ({ op: 'create' as const, path: `/wide/${n}` })));
  for (let n = 0; n < 3; n += 1) world.server.faults.inject({ kind: 'cut-before-apply' }, { operation: 'delete' });
  await expect(client.deleteAll('/wide')).rejects.toBeInstanceOf(OutcomeUnknownError);
  await client.sync();
  const { version, children } = await client
    .list('/wide')
    .then(({ stat, children: names }) => ({ version: stat.cversion, children: names }));
  await client.sync();
  expect((await client.list('/wide')).stat.cversion).toBe(version);
  expect(children.length).toBeGreaterThan(0);
  await world.client().then((another) => another.deleteAll('/wide'));
});

test.each(['create2', 'setData', 'getData', 'getChildren', 'exists', 'delete', 'multi'] as const)(
  'an overloaded server that turns a request away (%s) is asked again',
  async (operation) => {
    await using world = await World.start();
    const client = await world.client();
    const seen: string[] = [];
    const watching = world.server.requests$.subscribe((request) => seen.push(request.operation));
    world.server.faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation });
    await client.create('/a', 'x');
    expect((await client.set('/a', 'y')).version).toBe(1);
    expect((await client.get('/a')).data.toString()).toBe('y');
    expect(await client.children('/a')).toEqual([]);
    await client.exists('/a');
    await client.transaction([{ op: 'create', path: '/a/b' }]);
    await client.delete('/a/b');
    await client.delete('/a');
    watching.unsubscribe();
    const usual = { create2: 1, delete: 2 } as Readonly<Record<string, number>>;
    expect(seen.filter((each) => each === operation)).toHaveLength((usual[operation] ?? 1) + 1);
  },
);

test('what keeps being turned away is told when the policy says so', async () => {
  await using world = await World.start();
  const client = await world.client({ retry: times(1, () => 1) });
  for (let n = 0; n < 2; n += 1) world.server.faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation: 'create2' });
  await expect(client.create('/a')).rejects.toMatchObject({ code: 'THROTTLEDOP', outcome: 'refused' });
  await expect(client.get('/a')).rejects.toBeInstanceOf(RefusedError);
});

test('a call of many requests keeps within the bound on those that wait, and outlives a queue that is full', async () => {
  await using world = await World.start();
  const client = await world.client({ maxPendingRequests: 10 });
  await client.create('/wide');
  await client.transaction(Array.from({ length: 60 }, (_, n) => ({ op: 'create' as const, path: `/wide/${n}` })));
  const reads = Array.from({ length: 60 }, (_, n) => ({ op: 'get' as const, path: `/wide/${n}` }));
  expect(await client.readMany(reads)).toHaveLength(60);
  await client.deleteAll('/wide');
  world.server.faults.pause();
  const waiting = Array.from({ length: 10 }, () => client.exists('/'));
  await expect(client.deleteAll('/other')).rejects.toBeInstanceOf(TooManyRequestsError);
  world.server.faults.resume();
  await Promise.all(waiting);
});

test('a retry policy that gives no delay is told so', async () => {
  await using world = await World.start();
  const client = await world.client({ retry: () => Number.NaN });
  world.server.faults.inject({ kind: 'cut-before-apply' }, { operation: 'getData' });
  await expect(client.get('/a')).rejects.toMatchObject({ name: 'InvalidArgumentError', field: 'retry' });
  await client.connected();
});
