import { expect } from 'vitest';
import { Semaphore } from '../../recipes/index.ts';
import { AcquireTimeoutError, type Client, LeaseLostError, SessionLostError } from '../../src/index.ts';
import { sweepFaults } from '../support/sweep.ts';
import type { SweepFault } from '../support/sweep-faults.ts';

const path = '/pools/s';
const mayStay = ['/pools', path, `${path}/leases`, `${path}/locks`];

/** What a caller may be told when its session has ended under it. Anything else fails the sweep. */
function expectLoss(error: unknown, ends: SweepFault['ends']): void {
  expect(ends, String(error)).not.toBe('none');
  expect(error).toSatisfy((found) => found instanceof SessionLostError || found instanceof LeaseLostError);
}

/** How many requests it takes to wait varies with who comes first: these follow, so that a fault meets one of them where it would have met none. */
async function quiet(...clients: readonly Client[]): Promise<void> {
  for (let times = 0; times < 2; times += 1) await Promise.all(clients.map((client) => client.sync('/')));
}

sweepFaults('three contenders for two leases: never more than two hold, and all get their turn', {
  mayStay,
  play: async (world, ends) => {
    const [one, other] = [await world.client(), await world.client()];
    const capacity = world.capacity(2);
    const turn = (client: Client) =>
      new Semaphore(client, path, 2).run((lease) => capacity.enter(lease, 1, () => client.sync('/')), { signal: world.signal });
    const turns = [turn(one), turn(other), turn(one)];
    const failed = (await Promise.allSettled(turns)).filter((turn) => turn.status === 'rejected');
    for (const { reason } of failed) expectLoss(reason, ends);
    await quiet(one, other);
  },
});

sweepFaults('two that want two of three, with one of them waiting, never block each other half-way', {
  mayStay,
  play: async (world, ends) => {
    const [one, other] = [await world.client(), await world.client()];
    const capacity = world.capacity(3);
    const turn = (client: Client) =>
      new Semaphore(client, path, 3)
        .run((lease) => capacity.enter(lease, 2, () => client.sync('/')), { permits: 2, signal: world.signal })
        .catch((error: unknown) => expectLoss(error, ends));
    await Promise.all([turn(one), turn(other)]);
    await quiet(one, other);
  },
});

sweepFaults('a waiter that gives up in front leaves nothing', {
  mayStay,
  play: async (world, ends) => {
    const [holder, waiter] = [await world.client(), await world.client()];
    try {
      await using _lease = await new Semaphore(holder, path, 1).acquire();
      const giveUp = new AbortController();
      const waiting = new Semaphore(waiter, path, 1).acquire({
        signal: giveUp.signal,
        onQueued: () => giveUp.abort(new Error('given up')),
      });
      // If the fault is the holder's own end, the waiter may get in instead.
      await waiting.then(
        (late) => late.release(),
        (error: unknown) => (error === giveUp.signal.reason ? undefined : expectLoss(error, ends)),
      );
    } catch (error) {
      expectLoss(error, ends);
    }
    await quiet(holder, waiter);
  },
});

sweepFaults('tryAcquire and a timed wait for several answer in time and leave nothing', {
  mayStay,
  play: async (world, ends) => {
    const [one, other] = [await world.client(), await world.client()];
    try {
      await using lease = await new Semaphore(one, path, 3).tryAcquire({ permits: 2 });
      expect(lease).not.toBeNull();
      await using refused = await new Semaphore(other, path, 3).tryAcquire({ permits: 2 });
      if (ends === 'none') expect(refused).toBeNull();
      await new Semaphore(other, path, 3).acquire({ permits: 2, timeoutMs: 50 }).then(
        (late) => late.release(),
        (error: unknown) => {
          if (!(error instanceof AcquireTimeoutError)) expectLoss(error, ends);
        },
      );
    } catch (error) {
      expectLoss(error, ends);
    }
    await quiet(one, other);
  },
});
