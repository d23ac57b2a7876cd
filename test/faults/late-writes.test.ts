import { expect, test } from 'vitest';
import { AtomicLong } from '../../recipes/index.ts';
import { createWireDriver } from '../../src/driver/wire/wire-driver.ts';
import { type Driver, type DriverFactory, OutcomeUnknownError } from '../../src/index.ts';
import { World } from '../support/world.ts';

/** The first write of data gets no answer, and reaches the server only right before the second. */
function deliveringLate(): DriverFactory {
  let late: (() => Promise<unknown>) | undefined;
  let writes = 0;
  return (options) => {
    const driver = createWireDriver(options);
    const perform: Driver['perform'] = async (name, request, ...rest) => {
      if (name === 'setData') writes += 1;
      if (name !== 'setData' || writes > 2) return await driver.perform(name, request, ...rest);
      if (writes === 1) {
        late = () => driver.perform(name, request);
        throw new OutcomeUnknownError(name, '/c', request, new Error('no answer'));
      }
      await late?.();
      return await driver.perform(name, request, ...rest);
    };
    return new Proxy(driver, {
      get: (target, property) => {
        if (property === 'perform') return perform;
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
}

test('a write that arrives after its znode was looked at is not counted twice', async () => {
  await using world = await World.start();
  const client = await world.client({ driver: deliveringLate() });
  await client.create('/c', Buffer.alloc(8));
  await expect(new AtomicLong(client, '/c').increment()).rejects.toBeInstanceOf(OutcomeUnknownError);
  expect(await new AtomicLong(client, '/c').get()).toBe(1);
  await client.delete('/c');
});
