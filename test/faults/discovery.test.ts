import { filter, firstValueFrom } from 'rxjs';
import { expect } from 'vitest';
import { ServiceRegistry } from '../../recipes/index.ts';
import type { Client } from '../../src/index.ts';
import { sweepFaults } from '../support/sweep.ts';

const path = '/services';
const mayStay = [path, '/services/orders'];
const orders = { name: 'orders', id: 'i-1', address: '10.0.0.5' };

/** Resolves when the znode tells that. */
async function told(client: Client, what: string): Promise<void> {
  await firstValueFrom(client.data$('/services/orders/i-1').pipe(filter((node) => node?.data.includes(what) === true)));
}

sweepFaults('a registered instance is there whatever happens, tells what it was told last, and is gone when it is unregistered', {
  mayStay,
  play: async (world) => {
    const client = await world.client();
    const registration = await new ServiceRegistry(client, path).register(orders, { signal: world.signal });
    await registration.update({ payload: 'first' });
    await registration.disable();
    await told(client, '"enabled":false');
    await registration.unregister();
    expect(await client.exists('/services/orders/i-1')).toBeNull();
  },
});
