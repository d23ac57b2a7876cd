import { expect } from 'vitest';
import { Mutex } from '../../recipes/index.ts';
import { AcquireTimeoutError, LeaseLostError, SessionLostError } from '../../src/index.ts';
import { sweepFaults } from '../support/sweep.ts';

const path = '/locks/m';
const mayStay = ['/locks', path];

/** What a caller may be told when its session was expired under it. Anything else fails the sweep. */
function expectLoss(error: unknown, fault: string | undefined): void {
  expect(fault, String(error)).toBe('expire-session');
  expect(error).toSatisfy((found) => found instanceof SessionLostError || found instanceof LeaseLostError);
}

sweepFaults('two contenders: one holds at a time, and both get their turn', {
  mayStay,
  play: async (world, fault) => {
    const clients = [await world.client(), await world.client()];
    const turns = clients.map((client) => new Mutex(client, path).run((lease) => world.exclusion.enter(lease)));
    const failed = (await Promise.allSettled(turns)).filter((turn) => turn.status === 'rejected');
    for (const { reason } of failed) expectLoss(reason, fault);
    expect(failed.length, 'a fault on one contender must not stop the other').toBeLessThan(2);
  },
});

sweepFaults('a waiter that gives up leaves the line', {
  mayStay,
  play: async (world, fault) => {
    const [holder, waiter] = [await world.client(), await world.client()];
    const giveUp = new AbortController();
    const holding = new Mutex(holder, path).run(async (lease) => {
      const waiting = new Mutex(waiter, path).acquire({ signal: giveUp.signal, onQueued: () => giveUp.abort(new Error('given up')) });
      await world.exclusion.enter(lease, async () => {
        // If the fault is the holder's own end, the waiter may get in instead.
        await waiting.then(
          (late) => world.exclusion.enter(late).then(() => late.release()),
          (error: unknown) => (error === giveUp.signal.reason ? undefined : expectLoss(error, fault)),
        );
      });
    });
    await holding.catch((error: unknown) => expectLoss(error, fault));
  },
});

sweepFaults('tryAcquire answers and leaves nothing', {
  mayStay,
  play: async (world, fault) => {
    const [one, other] = [await world.client(), await world.client()];
    try {
      await using lease = await new Mutex(one, path).tryAcquire();
      expect(lease).not.toBeNull();
      await using refused = await new Mutex(other, path).tryAcquire();
      if (fault !== 'expire-session') expect(refused).toBeNull();
      await refused?.release();
      await lease?.release();
      const later = await new Mutex(other, path).tryAcquire({ timeoutMs: 5_000 });
      await later?.release();
    } catch (error) {
      expectLoss(error, fault);
    }
  },
});

sweepFaults('reentrant holds are given back once, with the last', {
  mayStay,
  play: async (world, fault) => {
    const mutex = new Mutex(await world.client(), path);
    try {
      await mutex.run(async (outer) => {
        await mutex.run((inner) => expect(inner.token).toBe(outer.token));
        await world.exclusion.enter(outer);
      });
      await mutex.run((lease) => world.exclusion.enter(lease));
    } catch (error) {
      expectLoss(error, fault);
    }
  },
});

sweepFaults('a timed wait ends in time and leaves the line', {
  mayStay,
  play: async (world, fault) => {
    const [holder, waiter] = [await world.client(), await world.client()];
    try {
      await new Mutex(holder, path).run(async (lease) => {
        await world.exclusion.enter(lease, async () => {
          const late = await new Mutex(waiter, path).acquire({ timeoutMs: 50 }).catch((error: unknown) => {
            if (!(error instanceof AcquireTimeoutError)) expectLoss(error, fault);
          });
          await late?.release();
        });
      });
    } catch (error) {
      expectLoss(error, fault);
    }
  },
});
