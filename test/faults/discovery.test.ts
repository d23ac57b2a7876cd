import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { ServiceCatalog, ServiceRegistry } from '../../recipes/index.ts';
import type { Client } from '../../src/index.ts';
import { sweepFaults } from '../support/sweep.ts';
import { World } from '../support/world.ts';

const path = '/services';
const mayStay = [path, '/services/orders'];
const orders = { name: 'orders', id: 'i-1', address: '10.0.0.5' };

/** Resolves when the znode tells that. */
async function told(client: Client, what: string): Promise<void> {
  await firstValueFrom(client.data$('/services/orders/i-1').pipe(filter((node) => node?.data.includes(what) === true)));
}

sweepFaults('a registered instance is there whatever happens, tells what it was told last, and is gone when it is unregistered', {
  mayStay,
  play: async (world, ends) => {
    const client = await world.client();
    const registration = await new ServiceRegistry(client, path).register(orders, { signal: world.signal });
    await registration.update({ payload: 'first' });
    await registration.disable();
    await told(client, '"enabled":false');
    await registration.unregister();
    // One of a session that we have given up goes when the server does the same.
    if (ends === 'none') expect(await client.exists('/services/orders/i-1')).toBeNull();
    else await firstValueFrom(client.data$('/services/orders/i-1').pipe(filter((node) => node === null)));
  },
});

sweepFaults('a provider finds what is registered, follows what it tells, and leaves it out when it is gone', {
  mayStay,
  play: async (world) => {
    const [service, caller] = [await world.client(), await world.client()];
    const registry = new ServiceRegistry(service, path);
    const catalog = new ServiceCatalog(caller, path);
    let wanted = '';
    using provider = catalog.provider('orders', {
      strategy: (instances) => (instances.map(({ id, payload }) => `${id} ${payload}`).join() === wanted ? instances[0] : undefined),
    });
    const provides = async (instances: string) => {
      wanted = instances;
      await provider.pick({ signal: world.signal });
    };
    const first = await registry.register({ ...orders, payload: 1 });
    await provides('i-1 1');
    const second = await registry.register({ ...orders, id: 'i-2', payload: 1 });
    await provides('i-1 1,i-2 1');
    await second.update({ payload: 2 });
    await provides('i-1 1,i-2 2');
    await first.unregister();
    await provides('i-2 2');
    await second.unregister();
    await firstValueFrom(catalog.instances$('orders').pipe(filter(({ length }) => length === 0)));
  },
});

test("what was registered in a session that only we have given up is the server's to remove", async () => {
  await using world = await World.start(mayStay);
  const client = await world.client({ sessionTimeoutMs: 2_000 });
  const registration = await new ServiceRegistry(client, path).register(orders);
  const { id } = await client.connected();
  const lost = firstValueFrom(client.state$.pipe(filter((state) => state === 'lost')));
  world.server.faults.pause(id);
  await lost;
  await registration.unregister();
  expect((await client.exists('/services/orders/i-1'))?.ephemeralOwner).toBe(id);
  world.server.faults.resume();
  world.server.expireSession(id);
  expect(await client.exists('/services/orders/i-1')).toBeNull();
});
