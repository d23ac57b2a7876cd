import { expect } from 'vitest';
import { type Lockable, MultiLock, Mutex, Semaphore } from '../../recipes/index.ts';
import { type Client, LeaseLostError, SessionLostError } from '../../src/index.ts';
import { sweepFaults } from '../support/sweep.ts';
import type { SweepFault } from '../support/sweep-faults.ts';

const [first, second] = ['/locks/a', '/pools/b'];
const mayStay = ['/locks', first, '/pools', second, `${second}/leases`, `${second}/locks`];

/** What a caller may be told when its session has ended under it. Anything else fails the sweep. */
function expectLoss(error: unknown, ends: SweepFault['ends']): void {
  expect(ends, String(error)).not.toBe('none');
  expect(error).toSatisfy((found) => found instanceof SessionLostError || found instanceof LeaseLostError);
}

sweepFaults('two that take a mutex and a semaphore in different orders: all or nothing, and one at a time', {
  mayStay,
  play: async (world, ends) => {
    const [one, other] = [await world.client(), await world.client()];
    const locksOf = (client: Client): readonly Lockable[] => [new Mutex(client, first), new Semaphore(client, second, 1)];
    const turn = (client: Client, locks: readonly Lockable[]) =>
      new MultiLock(client, locks)
        .run((lease) => world.exclusion.enter(lease, () => client.sync('/')), { signal: world.signal })
        .catch((error: unknown) => expectLoss(error, ends));
    await Promise.all([turn(one, locksOf(one)), turn(other, locksOf(other).toReversed())]);
    await Promise.all([one.sync('/'), other.sync('/')]);
  },
});
