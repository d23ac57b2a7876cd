import { createWireDriver } from '../../src/driver/wire/wire-driver.ts';
import type { Driver, DriverFactory } from '../../src/index.ts';

/** The wire driver as one that has no transactions, as the C client has none: for what needs another way then, and faults that only this one can be given. */
export const withoutTransactions: DriverFactory = (options) => {
  const driver = createWireDriver(options);
  return new Proxy<Driver>(driver, {
    get(target, property) {
      if (property === 'capabilities') return { ...target.capabilities, multi: false };
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
};
