import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ServiceCatalog, type ServiceDefinition, ServiceRegistry, strategies, uriOf } from '../../recipes/index.ts';
import { type Client, ClosedError, InvalidArgumentError, MalformedDataError, NoAuthError, NoInstanceError } from '../../src/index.ts';
import { Probe } from '../support/probe.ts';
import { createClosed, onEveryServer } from '../support/servers.ts';
import { World } from '../support/world.ts';

const path = '/services';

function order(id: string, more: Partial<ServiceDefinition> = {}): ServiceDefinition {
  return { name: 'orders', id, address: '10.0.0.5', port: 8080, ...more };
}

function idsOf(instances: readonly { readonly id: string }[]): readonly string[] {
  return instances.map(({ id }) => id);
}

onEveryServer('ServiceCatalog', (connected) => {
  test('who looks finds what is registered, at once and live', async () => {
    await using service = await connected();
    await using caller = await connected(service);
    const registry = new ServiceRegistry(service, path);
    const catalog = new ServiceCatalog(caller, path);
    using names = new Probe(catalog.names$);
    using live = new Probe(catalog.instances$('orders'));
    expect(await names.next()).toEqual([]);
    expect(await live.next()).toEqual([]);
    expect(await catalog.instances('orders')).toEqual([]);

    const b = await registry.register(order('b', { payload: { load: 1 } }));
    expect(await names.until(({ length }) => length === 1)).toEqual(['orders']);
    expect(await live.next()).toEqual([{ ...b.instance, path: '/services/orders/b' }]);
    const a = await registry.register(order('a'));
    expect(idsOf(await live.next())).toEqual(['a', 'b']);
    await b.update({ payload: { load: 2 } });
    expect((await live.next())[1]?.payload).toEqual({ load: 2 });
    await a.disable();
    expect((await live.next())[0]?.isEnabled).toBe(false);
    await caller.sync(path);
    expect(await catalog.instances('orders')).toEqual([a, b].map(({ instance, path: at }) => ({ ...instance, path: at })));
    await a.unregister();
    expect(idsOf(await live.next())).toEqual(['b']);
    await registry.register({ ...order('c'), name: 'invoices' });
    expect(await names.until(({ length }) => length === 2)).toEqual(['invoices', 'orders']);
    await caller.sync(path);
    expect(await catalog.names()).toEqual(['invoices', 'orders']);
  });

  test('one that is there twice under one id is found twice', async () => {
    await using client = await connected();
    const registry = new ServiceRegistry(client, path);
    for (const port of [1, 2]) await registry.register(order('n', { port, type: 'dynamic-sequential' }));
    const found = await new ServiceCatalog(client, path).instances('orders');
    expect(found.map(({ id, port }) => `${id}:${port}`).toSorted()).toEqual(['n:1', 'n:2']);
    expect(new Set(found.map((each) => each.path)).size).toBe(2);
  });

  test('what cannot be read keeps nobody from being found, and is told, in the order of paths', async () => {
    await using client = await connected(undefined, { auth: [{ scheme: 'digest', credential: 'owner:secret' }] });
    await using stranger = await connected(client);
    const registry = new ServiceRegistry(client, path);
    await registry.register(order('good', { payload: { zone: 'eu' } }));
    await registry.register(order('other', { payload: { zone: 7 } }));
    await client.create('/services/orders/foreign', 'host=10.0.0.5');
    await client.create('/services/orders/a', '');
    await createClosed(client, '/services/orders/hidden');
    await client.set('/services/orders/hidden', 'x');

    const catalog = new ServiceCatalog(stranger, path, { payload: z.object({ zone: z.string() }) });
    using errors = new Probe(stranger.errors$);
    using live = new Probe(catalog.view$('orders'));
    const views = [await catalog.view('orders'), await live.until(({ unreadable }) => unreadable.length === 3)];
    for (const { instances, unreadable } of views) {
      expect(instances.map(({ id, payload: { zone } }) => ({ id, zone }))).toEqual([{ id: 'good', zone: 'eu' }]);
      expect(unreadable.map(({ path: at }) => at)).toEqual(['foreign', 'hidden', 'other'].map((name) => `/services/orders/${name}`));
      expect(unreadable.map(({ name }) => name)).toEqual(['MalformedDataError', 'NoAuthError', 'MalformedDataError']);
    }
    expect(errors.rest, 'who has the view has the errors').toEqual([]);
    expect(idsOf(await catalog.instances('orders'))).toEqual(['good']);
    expect((await Promise.all([errors.next(), errors.next(), errors.next()])).map(({ name }) => name)).toEqual(
      views[0]?.unreadable.map(({ name }) => name),
    );
    await client.delete('/services/orders/hidden');
  });

  test('an instance that is spoilt and mended meanwhile goes and comes; each spoiling is told once', async () => {
    await using client = await connected();
    const registration = await new ServiceRegistry(client, path).register(order('a'));
    using errors = new Probe(client.errors$);
    using live = new Probe(new ServiceCatalog(client, path).instances$('orders'));
    expect(idsOf(await live.next())).toEqual(['a']);
    await client.set('/services/orders/a', '{"schema":2}');
    expect(await live.next()).toEqual([]);
    expect(await errors.next()).toBeInstanceOf(MalformedDataError);
    await client.create('/services/orders/b', '{"schema":3}');
    expect(await errors.next()).toMatchObject({ path: '/services/orders/b' });
    await registration.update({ port: 1 });
    expect(idsOf(await live.until(({ length }) => length === 1))).toEqual(['a']);
    expect(errors.rest).toEqual([]);
  });

  test('no permission to look into a service is told, not taken for an empty service', async () => {
    await using client = await connected(undefined, { auth: [{ scheme: 'digest', credential: 'owner:secret' }] });
    await using stranger = await connected(client);
    await client.ensurePath(path);
    await createClosed(client, '/services/orders');
    const catalog = new ServiceCatalog(stranger, path);
    await expect(catalog.instances('orders')).rejects.toThrow(NoAuthError);
    using errors = new Probe(stranger.errors$);
    using live = new Probe(catalog.instances$('orders'));
    // A driver without persistent watches is refused the watch, too.
    const told = stranger.capabilities.persistentWatches ? errors.next() : live.next().catch((error: unknown) => error);
    expect(await told).toMatchObject({ name: 'NoAuthError', path: '/services/orders' });
    await client.deleteAll(path);
  });

  test('services may stand below others, by a name with slashes', async () => {
    await using client = await connected();
    const registry = new ServiceRegistry(client, path);
    await registry.register(order('a'));
    await registry.register({ ...order('b'), name: 'orders/eu' });
    const catalog = new ServiceCatalog(client, path);
    expect(idsOf(await catalog.instances('orders'))).toEqual(['a']);
    expect(idsOf(await catalog.instances('orders/eu'))).toEqual(['b']);
    expect(await catalog.view('orders')).toMatchObject({ unreadable: [] });
  });

  test('a provider calls them in turn, without those that are disabled, and waits for the first', async () => {
    await using client = await connected();
    const registry = new ServiceRegistry(client, path);
    const catalog = new ServiceCatalog(client, path);
    using provider = catalog.provider('orders');
    expect(provider.tryPick()).toBeNull();
    // Subscribed to later, it is told of changes after the provider.
    using live = new Probe(catalog.instances$('orders'));
    await expect(provider.pick({ timeoutMs: 100 })).rejects.toThrow(NoInstanceError);
    const waiting = provider.pick();
    const [a] = [await registry.register(order('a')), await registry.register(order('b'))];
    expect((await waiting).id).toBe('a');
    await live.until(({ length }) => length === 2);
    expect([await provider.run(({ id }) => id), await provider.run(({ id }) => id)]).toEqual(['b', 'a']);
    await a.disable();
    await live.until(([first]) => first?.isEnabled === false);
    expect(idsOf(provider.candidates)).toEqual(['b']);
    expect(await provider.run(uriOf)).toBe('http://10.0.0.5:8080');
  });

  test('a closed client ends views and picks', async () => {
    await using client = await connected();
    const catalog = new ServiceCatalog(client, path);
    using provider = catalog.provider('orders', { strategy: strategies.random() });
    const picking = expect(provider.pick()).rejects.toThrow(ClosedError);
    using live = new Probe(catalog.instances$('orders'));
    await live.next();
    await client.close();
    await picking;
    await expect(live.next()).rejects.toThrow('the source has completed');
    await expect(catalog.names()).rejects.toThrow(ClosedError);
    expect(() => provider.tryPick()).toThrow(ClosedError);
  });
});

test('a view goes on over the end of its session, and leaves no watch when nobody looks any more', async () => {
  await using world = await World.start(['/services', '/services/orders']);
  const [service, caller] = [await world.client(), await world.client()];
  const registration = await new ServiceRegistry(service, path).register(order('a'));
  const live = new Probe(new ServiceCatalog(caller, path).instances$('orders'));
  await live.next();
  world.server.expireSession(caller.session?.id ?? 0n);
  await registration.update({ port: 1 });
  await live.until(([instance]) => instance?.port === 1);
  live[Symbol.dispose]();
  await registration.unregister();
  await world.swept();
});

test('a provider goes on with what it knows while there is no contact', async () => {
  await using world = await World.start(['/services', '/services/orders']);
  const client = await world.client();
  await using _registration = await new ServiceRegistry(client, path).register(order('a'));
  using provider = new ServiceCatalog(client, path).provider('orders');
  await provider.pick();
  await world.server.faults.stop();
  await firstValueFrom(client.state$.pipe(filter((state) => state === 'suspended')));
  expect(provider.tryPick()?.id).toBe('a');
  await world.server.faults.start();
});

test('a pick costs no request, an update one', async () => {
  await using world = await World.start(['/services', '/services/orders']);
  const client = await world.client();
  await using registration = await new ServiceRegistry(client, path).register(order('a'));
  using provider = new ServiceCatalog(client, path).provider('orders');
  await provider.pick();
  const served: string[] = [];
  world.server.requests$.subscribe(({ operation }) => served.push(operation));
  for (let pick = 0; pick < 100; pick += 1) await provider.run(uriOf);
  expect(served).toEqual([]);
  await registration.update({ port: 1 });
  expect(served.filter((operation) => operation.startsWith('set'))).toEqual(['setData']);
});

const wrong = (value: unknown) => value as never; // callers without a compiler give anything

test.each<[string, (client: Client) => unknown, string]>([
  ['a relative path', (client) => new ServiceCatalog(client, 'services'), 'ServiceCatalog.path'],
  ['an option that there is not', (client) => new ServiceCatalog(client, path, wrong({ schema: 1 })), 'ServiceCatalog.options.schema'],
  ['an empty name', (client) => new ServiceCatalog(client, path).view$(''), 'ServiceCatalog.view$.name'],
  ['a name that is no path', (client) => new ServiceCatalog(client, path).provider('a//b'), 'ServiceCatalog.provider.name'],
  [
    'a strategy that is none',
    (client) => new ServiceCatalog(client, path).provider('a', { strategy: wrong('random') }),
    'ServiceCatalog.provider.strategy',
  ],
  [
    'no error at all',
    (client) => new ServiceCatalog(client, path).provider('a', { down: { errors: 0 } }),
    'ServiceCatalog.provider.down.errors',
  ],
  ['no time', (client) => new ServiceCatalog(client, path).provider('a', { down: { forMs: 0 } }), 'ServiceCatalog.provider.down.forMs'],
])('%s is refused by name', async (_, make, field) => {
  await using world = await World.start();
  const client = await world.client();
  expect(() => make(client)).toThrow(InvalidArgumentError);
  expect(() => make(client)).toThrow(`${field}: `);
});
