import { filter, firstValueFrom, map } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ServiceCatalog, ServiceRegistry, strategies, uriOf } from '../../recipes/index.ts';
import { readGoldenServices } from '../golden/golden-services.ts';
import { besideCurator } from '../support/beside-curator.ts';
import type { Curator } from '../support/curator.ts';
import { Probe } from '../support/probe.ts';

const details = { zone: 'eu', weight: 7, tags: ['x'], next: null };
const detailsSchema = z.looseObject({ zone: z.string(), weight: z.int() });
const detailsClass = 'Discovery$Details';

/** What Java's live view of the service has had, each a list of ids. */
function seenByJava(java: Curator, path: string): Probe<string> {
  return new Probe(
    java.events$.pipe(
      filter((seen) => seen.event === 'services' && seen.path === path),
      map(({ value }) => String(value)),
    ),
  );
}

besideCurator('Discovery and curator-x-discovery', (peers) => {
  test('the golden file is what this Curator writes', { timeout: 60_000 }, async (context) => {
    const { java } = await peers(context);
    expect(await java.servicesWritten()).toEqual(readGoldenServices());
  });

  test('Java finds what we register, as it changes, and its provider picks it', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/ours';
    const theirs = java.discovery(path, { payloadClass: detailsClass });
    const registry = new ServiceRegistry(client, path, { payload: detailsSchema, javaClass: detailsClass });
    using seen = seenByJava(java, `${path}/orders`);
    await theirs.follow('orders');
    const a = await registry.register({
      ...{ name: 'orders', id: 'a', address: '10.0.0.5', port: 8080, sslPort: 8443, payload: details },
      uriSpec: '{scheme}://{address}:{ssl-port}/{name}/{[}{id}{]}',
    });
    expect(await theirs.names()).toEqual(['orders']);
    const [found] = await theirs.instances('orders');
    expect(found).toEqual({
      ...{ id: 'a', address: '10.0.0.5', port: 8080, sslPort: 8443, payload: details, payloadClass: detailsClass },
      ...{ registeredMs: a.instance.registeredMs, type: 'DYNAMIC', uri: uriOf(a.instance), isEnabled: true },
    });
    await using _b = await registry.register({ name: 'orders', id: 'b', address: '10.0.0.6', payload: { zone: 'us', weight: 1 } });
    await seen.until((ids) => ids === 'a,b');
    expect(new Set([await theirs.pick('orders'), await theirs.pick('orders')])).toEqual(new Set(['a', 'b']));

    await a.update({ payload: { ...details, weight: 8 } });
    await a.disable();
    expect((await theirs.instances('orders')).find(({ id }) => id === 'a')).toMatchObject({ isEnabled: false, payload: { weight: 8 } });
    await a.unregister();
    await seen.until((ids) => ids === 'b');
    expect([await theirs.pick('orders'), await theirs.pick('orders')]).toEqual(['b', 'b']);
  });

  test('we find what Java registers, as it changes, and call it', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/theirs';
    const theirs = java.discovery(path, { payloadClass: detailsClass, leavesEnabledOut: false });
    const catalog = new ServiceCatalog(client, path, { payload: detailsSchema });
    using provider = catalog.provider('orders', { strategy: strategies.weighted(({ payload }) => payload.weight) });
    expect(provider.tryPick()).toBeNull();
    // Subscribed to later, it is told of changes after the provider.
    using live = new Probe(catalog.instances$('orders'));
    expect(await live.next()).toEqual([]);
    const service = {
      name: 'orders',
      id: 'a',
      address: '10.0.0.5',
      port: 8080,
      payload: details,
      uriSpec: '{scheme}://{address}:{port}/{id}',
    };
    await theirs.register(service);
    const [found] = await live.next();
    expect(found).toEqual({
      ...service,
      ...{ sslPort: null, registeredMs: 1_700_000_000_000, type: 'dynamic', isEnabled: true, unknown: {}, path: `${path}/orders/a` },
    });
    expect(await provider.run(uriOf)).toBe('http://10.0.0.5:8080/a');
    await theirs.update({ ...service, payload: { ...details, weight: 8 }, isEnabled: false });
    expect(await live.next()).toMatchObject([{ payload: { weight: 8 }, isEnabled: false }]);
    expect(provider.tryPick()).toBeNull();
    await theirs.unregister(service);
    expect(await live.next()).toEqual([]);
    expect(await catalog.names()).toEqual(await theirs.names());
  });

  test.for<[string, unknown, string | undefined, string]>([
    ['text', 'hello', undefined, 'java.lang.String'],
    ['an integer', 7, undefined, 'java.lang.Integer'],
    ['a fraction', 1.5, undefined, 'java.lang.Double'],
    ['a whole number as a Double', 7, 'java.lang.Double', 'java.lang.Double'],
    ['a Long', 7, 'java.lang.Long', 'java.lang.Long'],
    ['text with its class', 'hello', 'java.lang.String', 'java.lang.String'],
    ['true', true, undefined, 'java.lang.Boolean'],
    ['a list', ['a', 1], undefined, 'java.util.ArrayList'],
    ['a pair that looks like a class', ['java.lang.Long', 7], undefined, 'java.util.ArrayList'],
    ['an empty list', [], undefined, 'java.util.ArrayList'],
    ['an object', { zone: 'eu' }, undefined, 'java.util.LinkedHashMap'],
    ['a HashMap', { zone: 'eu' }, 'java.util.HashMap', 'java.util.HashMap'],
  ])('a payload comes to Java and back: %s', { timeout: 60_000 }, async ([, payload, javaClass, payloadClass], context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/payloads';
    await using _registration = await new ServiceRegistry(client, path, { javaClass }).register({
      name: 's',
      id: 'ours',
      address: 'a',
      payload,
    });
    expect(await java.discovery(path).instances('s')).toMatchObject([{ payload, payloadClass }]);
    expect(await new ServiceCatalog(client, path).instances('s')).toMatchObject([{ payload }]);
  });

  test('services of both kinds stand together; the killed ones go, the stopped ones come back', { timeout: 60_000 }, async (context) => {
    const { java, startJava, connected } = await peers(context);
    await using client = await connected();
    const path = '/together';
    await using mortal = await startJava({ sessionTimeoutMs: 4_000 });
    const watching = java.discovery(path);
    using seen = seenByJava(java, `${path}/orders`);
    await watching.follow('orders');
    await using _ours = await new ServiceRegistry(client, path).register({ name: 'orders', id: 'ours', address: 'a' });
    await mortal.discovery(path).register({ name: 'orders', id: 'theirs', address: 'b' });
    const catalog = new ServiceCatalog(client, path);
    const lives = (...ids: readonly string[]) =>
      firstValueFrom(catalog.instances$('orders').pipe(filter((instances) => instances.map(({ id }) => id).join() === ids.join())));
    await lives('ours', 'theirs');
    await seen.until((ids) => ids === 'ours,theirs');
    mortal.signal('SIGKILL');
    await lives('ours');
    await seen.until((ids) => ids === 'ours');
  });
});
