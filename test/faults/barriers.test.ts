import { filter } from 'rxjs';
import { expect } from 'vitest';
import { Barrier, DoubleBarrier } from '../../recipes/index.ts';
import { BarrierTimeoutError, LeaseLostError, OutcomeUnknownError, SessionLostError } from '../../src/index.ts';
import { sweepFaults } from '../support/sweep.ts';
import type { SweepFault } from '../support/sweep-faults.ts';

const path = '/barriers/b';
const timeoutMs = 5_000;

sweepFaults('a barrier holds everybody up while it is set, and lets them go', {
  mayStay: ['/barriers'],
  play: async (world) => {
    const [one, other] = [new Barrier(await world.client(), path), new Barrier(await world.client(), path)];
    await one.set();
    let isRemoved = false;
    const waiting = other.waitOn({ timeoutMs: 20_000, signal: world.signal }).then(() => expect(isRemoved).toBe(true));
    await expect(one.waitOn({ timeoutMs: 50 })).rejects.toThrow(BarrierTimeoutError);
    isRemoved = true;
    await one.remove().catch(async (error: unknown) => {
      expect(error).toBeInstanceOf(OutcomeUnknownError);
      await one.remove();
    });
    await waiting;
  },
});

/** What a member may be told when its session has ended under it, or that of one it waited for. */
function expectLoss(error: unknown, ends: SweepFault['ends']): void {
  expect(ends, String(error)).not.toBe('none');
  expect(error).toSatisfy((found) => [SessionLostError, LeaseLostError, BarrierTimeoutError].some((type) => found instanceof type));
}

sweepFaults('members of a double barrier begin together and end together', {
  // `ready` may be left over from a round whose last member died.
  mayStay: ['/barriers', path, `${path}/ready`],
  play: async (world, ends) => {
    const clients = [await world.client(), await world.client()];
    let inside = 0;
    const turns = clients.map(async (client) => {
      const barrier = new DoubleBarrier(client, path, 2);
      await barrier.run(
        async () => {
          inside += 1;
          await client.sync('/');
        },
        { timeoutMs, signal: world.signal },
      );
      if (ends === 'none') expect(inside, 'nobody is out before all were in').toBe(2);
    });
    const failed = (await Promise.allSettled(turns)).filter((turn) => turn.status === 'rejected');
    for (const { reason } of failed) expectLoss(reason, ends);
    if (ends === 'none') expect(world.server.paths()).not.toContain(`${path}/ready`);
  },
});

sweepFaults('one who gives up at the way in leaves nothing', {
  mayStay: ['/barriers', path],
  play: async (world, ends) => {
    const client = await world.client();
    const giveUp = new AbortController();
    const reason = new Error('given up');
    // It is in the barrier's znode by then, and about to wait.
    const watching = world.server.requests$.pipe(filter(({ operation }) => operation === 'addWatch'));
    const stop = watching.subscribe(() => giveUp.abort(reason));
    try {
      await expect(new DoubleBarrier(client, path, 2).enter({ signal: giveUp.signal })).rejects.toBe(reason);
    } catch (error) {
      // It may be given up, or the session end, whichever comes first.
      if (ends === 'none') throw error;
    } finally {
      stop.unsubscribe();
    }
  },
});
