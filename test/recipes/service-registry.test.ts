import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Registration, type ServiceDefinition, ServiceRegistry } from '../../recipes/index.ts';
import { type Client, ClosedError, InvalidArgumentError, NoAuthError, NodeClosedError, RegisterTimeoutError } from '../../src/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createClosed, onEveryServer } from '../support/servers.ts';
import { World } from '../support/world.ts';

const path = '/services';
const orders: ServiceDefinition = { name: 'orders', id: 'i-1', address: '10.0.0.5', port: 8080 };
const znode = '/services/orders/i-1';

async function stored(client: Client, at = znode): Promise<unknown> {
  return JSON.parse((await client.get(at)).data.toString());
}

/** Resolves when it is registered anew. */
async function registeredAnew({ state$ }: Registration<never> | Registration): Promise<void> {
  await firstValueFrom(
    state$.pipe(
      filter(({ kind }) => kind === 'present'),
      take(2),
      toArray(),
    ),
  );
}

onEveryServer('ServiceRegistry', (connected) => {
  test('an instance stands where and as Curator puts it, as long as its session', async () => {
    await using watcher = await connected();
    const client = await connected(watcher);
    const registry = new ServiceRegistry(client, path);
    const registration = await registry.register({ ...orders, payload: { zone: 'eu' } });
    expect(registration.path).toBe(znode);
    const { data, stat } = await watcher.get(znode);
    expect(data.toString()).toBe(
      `{"name":"orders","id":"i-1","address":"10.0.0.5","port":8080,"sslPort":null,"payload":{"zone":"eu"},"registrationTimeUTC":${registration.instance.registeredMs},"serviceType":"DYNAMIC","uriSpec":null}`,
    );
    expect(stat.ephemeralOwner).toBe(client.session?.id);
    await client.close();
    expect(await watcher.exists(znode)).toBeNull();
    expect((await watcher.exists('/services/orders'))?.ephemeralOwner).not.toBe(stat.ephemeralOwner);
  });

  test('what it tells may be changed, and the rest stays', async () => {
    await using client = await connected();
    await using registration = await new ServiceRegistry(client, path).register(orders);
    await registration.update({ port: 9090, payload: { load: 3 }, uriSpec: '{scheme}://{address}' });
    expect(await stored(client)).toMatchObject({ id: 'i-1', address: '10.0.0.5', port: 9090, payload: { load: 3 } });
    await registration.disable();
    expect(await stored(client)).toMatchObject({ port: 9090, enabled: false, uriSpec: { parts: [{}, {}, {}] } });
    await registration.enable();
    await registration.update({ uriSpec: null, port: undefined });
    expect(await stored(client)).toMatchObject({ port: 9090, uriSpec: null });
    expect(await stored(client)).not.toHaveProperty('enabled');
    expect(registration.instance).toMatchObject({ isEnabled: true, port: 9090, payload: { load: 3 } });
  });

  test('of changes that are made at once, the last one wins', async () => {
    await using client = await connected();
    await using registration = await new ServiceRegistry(client, path).register(orders);
    await Promise.all([1, 2, 3].map((load) => registration.update({ payload: load })));
    expect(await stored(client)).toMatchObject({ payload: 3 });
  });

  test('unregistered it is gone for good', async () => {
    await using client = await connected();
    const registration = await new ServiceRegistry(client, path).register(orders);
    await Promise.all([registration.unregister(), registration.unregister()]);
    expect(await client.exists(znode)).toBeNull();
    expect(registration.path).toBeUndefined();
    await expect(registration.update({ port: 1 })).rejects.toThrow(NodeClosedError);
    await registration.unregister();
    expect(await client.exists(znode)).toBeNull();
  });

  test('deleted by somebody it is registered anew, as it was told to be last', async () => {
    await using client = await connected();
    await using registration = await new ServiceRegistry(client, path).register(orders);
    await registration.update({ payload: 'changed' });
    const anew = registeredAnew(registration);
    await client.deleteAll('/services');
    await anew;
    expect(await stored(client)).toMatchObject({ payload: 'changed' });
  });

  test('each type has the znode that Curator gives it', async () => {
    await using watcher = await connected();
    const client = await connected(watcher);
    const registry = new ServiceRegistry(client, path);
    for (const type of ['static', 'permanent'] as const) await registry.register({ ...orders, id: type, type });
    const numbered = await Promise.all([1, 2].map(() => registry.register({ ...orders, id: 'n', type: 'dynamic-sequential' })));
    const names = await watcher.children('/services/orders');
    expect(names.filter((name) => /n\d{10}$/.test(name))).toHaveLength(2);
    expect(new Set(numbered.map((each) => each.path)).size).toBe(2);
    await client.close();
    expect((await watcher.children('/services/orders')).toSorted()).toEqual(['permanent', 'static']);
    expect(await stored(watcher, '/services/orders/static')).toMatchObject({ serviceType: 'STATIC' });

    await using later = await connected(watcher);
    const again = await new ServiceRegistry(later, path).register({ ...orders, id: 'static', type: 'static', port: 1 });
    expect(await stored(watcher, '/services/orders/static')).toMatchObject({ port: 1 });
    await again.unregister();
    expect(await watcher.children('/services/orders')).toEqual(['permanent']);
  });

  test('an id that another session has is registered when that is gone', async () => {
    await using first = await connected();
    const clock = new ManualClock();
    await using second = await connected(first, { clock });
    const theirs = await new ServiceRegistry(first, path).register({ ...orders, port: 1 });
    const isTaken = firstValueFrom(second.errors$);
    const late = expect(new ServiceRegistry(second, path).register({ ...orders, port: 2 }, { timeoutMs: 200 })).rejects.toThrow(
      `/services/orders/i-1 was not registered within 200 ms: session 0x${first.session?.id.toString(16)} has registered the same id`,
    );
    expect(await isTaken).toMatchObject({ name: 'PathTakenError' });
    clock.advance(200);
    await late;
    expect(await stored(first)).toMatchObject({ port: 1 });
    const waiting = new ServiceRegistry(second, path).register({ ...orders, port: 2 });
    await theirs.unregister();
    await using _ours = await waiting;
    expect(await stored(first)).toMatchObject({ port: 2 });
  });

  test('guarded and observable: registered for as long as the work, or the subscription', async () => {
    await using client = await connected();
    const registry = new ServiceRegistry(client, path);
    await expect(
      registry.run(orders, async () => {
        expect(await client.exists(znode)).not.toBeNull();
        throw new Error('the work fails');
      }),
    ).rejects.toThrow('the work fails');
    expect(await client.exists(znode)).toBeNull();

    const subscription = registry.registered$(orders).subscribe();
    await firstValueFrom(client.data$(znode).pipe(filter((node) => node !== null)));
    subscription.unsubscribe();
    await firstValueFrom(client.data$(znode).pipe(filter((node) => node === null)));
  });

  test('given up while it is on its way, it leaves no znode', async () => {
    await using client = await connected();
    const registry = new ServiceRegistry(client, path);
    for (let ticks = 0; ticks < 12; ticks += 1) {
      const subscription = registry.registered$(orders).subscribe();
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      subscription.unsubscribe();
      // Registers only when that one is gone, since it is of the same session.
      await using _next = await registry.register(orders);
    }
    expect(await client.exists(znode)).toBeNull();
  });

  test('what cannot heal is thrown', async () => {
    await using client = await connected(undefined, { auth: [{ scheme: 'digest', credential: 'owner:secret' }] });
    await createClosed(client, '/closed');
    await using stranger = await connected(client);
    await expect(new ServiceRegistry(stranger, '/closed').register(orders)).rejects.toThrow(NoAuthError);
    await stranger.close();
    await expect(new ServiceRegistry(stranger, path).register(orders)).rejects.toThrow(ClosedError);
    await client.deleteAll('/closed');
  });
});

const typed = { payload: z.object({ zone: z.string() }), javaClass: 'com.example.Details' };

const badServices: Readonly<Record<string, { service: unknown; options?: unknown; field: string }>> = {
  'no name': { service: { ...orders, name: undefined }, field: 'ServiceRegistry.register.name' },
  'an empty name': { service: { ...orders, name: '' }, field: 'ServiceRegistry.register.name' },
  'a name that is no path': { service: { ...orders, name: 'a//b' }, field: 'ServiceRegistry.register.name' },
  'an id with a slash': { service: { ...orders, id: 'a/b' }, field: 'ServiceRegistry.register.id' },
  'an id that is no path': { service: { ...orders, id: '..' }, field: 'ServiceRegistry.register.id' },
  'no address': { service: { ...orders, address: '' }, field: 'ServiceRegistry.register.address' },
  'a port out of range': { service: { ...orders, port: 65_536 }, field: 'ServiceRegistry.register.port' },
  'an unknown type': { service: { ...orders, type: 'fleeting' }, field: 'ServiceRegistry.register.type' },
  'a template that does not close': { service: { ...orders, uriSpec: '{scheme' }, field: 'ServiceRegistry.register.uriSpec' },
  'a field that there is not': { service: { ...orders, host: 'a' }, field: 'ServiceRegistry.register.host' },
  'a payload that does not fit': { service: { ...orders, payload: { zone: 7 } }, field: 'ServiceRegistry.register' },
  'no payload where one is wanted': { service: orders, field: 'ServiceRegistry.register' },
  'a signal that there is not': {
    service: { ...orders, payload: { zone: 'eu' } },
    options: { withdrawOn: ['SIGNOTHING'] },
    field: 'ServiceRegistry.register.withdrawOn.0',
  },
};

test.each(Object.entries(badServices))(
  '%s is refused by name, and nothing is asked of the server',
  async (_, { service, options, field }) => {
    await using world = await World.start();
    const registry = new ServiceRegistry(await world.client(), path, typed);
    const before = world.server.requestCount;
    // Callers without a compiler give anything.
    await expect(registry.register(service as never, options as never)).rejects.toMatchObject({ name: 'InvalidArgumentError', field });
    expect(world.server.requestCount).toBe(before);
  },
);

test.each([
  ['a relative path', () => new ServiceRegistry({} as Client, 'services'), 'ServiceRegistry.path'],
  ['a schema that is none', () => new ServiceRegistry({} as Client, path, { payload: {} as never }), 'ServiceRegistry.options.payload'],
  ['a class that is none', () => new ServiceRegistry({} as Client, path, { javaClass: 'a b' }), 'ServiceRegistry.options.javaClass'],
])('%s is refused when the registry is made', (_, make, field) => {
  expect(make).toThrow(InvalidArgumentError);
  expect(make).toThrow(`${field}: `);
});

test('a change that does not fit is refused, and nothing changes', async () => {
  await using world = await World.start(['/services', '/services/orders']);
  const registry = new ServiceRegistry(await world.client(), path, typed);
  await using registration = await registry.register({ ...orders, payload: { zone: 'eu' } });
  await expect(registration.update({ payload: { zone: 7 as unknown as string } })).rejects.toMatchObject({ field: 'Registration.update' });
  await expect(registration.update({ id: 'other' } as never)).rejects.toMatchObject({ field: 'Registration.update.id' });
  expect(registration.instance.payload).toEqual({ zone: 'eu' });
});

test('registered while there is no contact, it is there as soon as there is', async () => {
  await using world = await World.start(['/services', '/services/orders']);
  const client = await world.client();
  await world.server.faults.stop();
  const registry = new ServiceRegistry(client, path);
  await expect(registry.register(orders, { timeoutMs: 50 })).rejects.toThrow(RegisterTimeoutError);
  const waiting = registry.register({ ...orders, id: 'i-2' });
  await world.server.faults.start();
  await using _registration = await waiting;
  expect(await client.children('/services/orders')).toEqual(['i-2']);
});

test('who loses interest before there is contact asks for nothing', async () => {
  await using world = await World.start();
  const client = await world.client();
  await world.server.faults.stop();
  await firstValueFrom(client.state$.pipe(filter((state) => state !== 'connected')));
  const subscription = new ServiceRegistry(client, path).registered$(orders).subscribe();
  subscription.unsubscribe();
  const created: string[] = [];
  world.server.requests$
    .pipe(filter(({ operation }) => operation.startsWith('create')))
    .subscribe(({ operation }) => created.push(operation));
  await world.server.faults.start();
  await client.connected();
  for (let trip = 0; trip < 3; trip += 1) await client.sync('/');
  expect(created).toEqual([]);
});

test('it survives the end of its session, as it was told to be last', async () => {
  await using world = await World.start(['/services', '/services/orders']);
  const client = await world.client();
  await using registration = await new ServiceRegistry(client, path).register(orders);
  await registration.disable();
  const anew = registeredAnew(registration);
  world.server.expireSession(client.session?.id ?? 0n);
  await anew;
  const { stat } = await client.get(znode);
  expect(stat.ephemeralOwner).toBe(client.session?.id);
  expect(await stored(client)).toMatchObject({ enabled: false, registrationTimeUTC: registration.instance.registeredMs });
});

test('a connection that breaks leaves it as it is: nobody sees it go', async () => {
  await using world = await World.start(['/services', '/services/orders']);
  const client = await world.client();
  await using _registration = await new ServiceRegistry(client, path).register(orders);
  const { stat } = await client.get(znode);
  world.server.faults.dropConnections();
  await firstValueFrom(client.state$.pipe(filter((state) => state === 'suspended')));
  await client.connected();
  await client.sync('/');
  expect((await client.get(znode)).stat).toEqual(stat);
});

describe('a process that is told to end', () => {
  /** Starts one that registers `a` and `b`, to be withdrawn upon SIGTERM, and makes the ephemeral `/witness`, which is there as long as its session. */
  async function startRegistrant(world: World, ...args: readonly string[]): Promise<{ child: ChildProcess; lines: AsyncIterator<string> }> {
    const child = fork(new URL('../support/registrant.ts', import.meta.url), [world.server.hosts, ...args], {
      execArgv: ['--import', new URL('../support/typescript.mjs', import.meta.url).href],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const lines = createInterface(child.stdout as Readable)[Symbol.asyncIterator](); // it is a pipe
    expect((await lines.next()).value).toBe('registered');
    return { child, lines };
  }

  test('withdraws its instances first, all of them, and ends by the signal', { timeout: 120_000 }, async () => {
    await using world = await World.start(['/services', '/services/orders', '/witness']);
    const client = await world.client();
    const { child } = await startRegistrant(world);
    expect((await client.children('/services/orders')).toSorted()).toEqual(['a', 'b']);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
    expect(await client.children('/services/orders')).toEqual([]);
    expect(await client.exists('/witness'), 'its session has not ended').not.toBeNull();
    for (const { id, ephemerals } of world.server.sessions()) if (ephemerals.includes('/witness')) world.server.expireSession(id);
  });

  test('that has a handler of its own goes on with that', { timeout: 120_000 }, async () => {
    await using world = await World.start(['/services', '/services/orders']);
    const client = await world.client();
    const { child, lines } = await startRegistrant(world, 'handles');
    child.kill('SIGTERM');
    expect((await lines.next()).value).toBe('handled');
    await firstValueFrom(client.children$('/services/orders').pipe(filter((names) => names?.length === 0)));
    child.send('end');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

test('withdrawn by hand, nothing listens to signals any more', async () => {
  await using world = await World.start(['/services', '/services/orders']);
  const registry = new ServiceRegistry(await world.client(), path);
  const before = process.listenerCount('SIGUSR2');
  const registrations = await Promise.all(['a', 'b'].map((id) => registry.register({ ...orders, id }, { withdrawOn: ['SIGUSR2'] })));
  expect(process.listenerCount('SIGUSR2')).toBe(before + 1);
  for (const registration of registrations) await registration.unregister();
  expect(process.listenerCount('SIGUSR2')).toBe(before);
});
