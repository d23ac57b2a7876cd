import { filter, firstValueFrom, lastValueFrom } from 'rxjs';
import { expect } from 'vitest';
import { type Lease, Mutex } from '../../recipes/index.ts';
import { AcquireTimeoutError, type Client, OutcomeUnknownError } from '../../src/index.ts';
import { expectLoss } from '../support/loss.ts';
import { sweepFaults } from '../support/sweep.ts';

const path = '/locks/m';
const mayStay = ['/locks', path];

sweepFaults('two contenders: one holds at a time, and both get their turn', {
  mayStay,
  play: async (world, ends) => {
    const clients = [await world.client(), await world.client()];
    const turn = (client: Client) =>
      new Mutex(client, path).run(
        // A round trip inside, so that a fault can come over a holder too.
        (lease) => world.exclusion.enter(lease, () => client.sync('/')),
        { signal: world.signal },
      );
    const turns = clients.map(turn);
    const failed = (await Promise.allSettled(turns)).filter((turn) => turn.status === 'rejected');
    for (const { reason } of failed) expectLoss(reason, ends);
    if (ends !== 'all') expect(failed.length, 'a fault on one contender must not stop the other').toBeLessThan(2);
  },
});

sweepFaults('a waiter that gives up leaves the line', {
  mayStay,
  play: async (world, ends) => {
    const [holder, waiter] = [await world.client(), await world.client()];
    const giveUp = new AbortController();
    const holding = new Mutex(holder, path).run(async (lease) => {
      const waiting = new Mutex(waiter, path).acquire({ signal: giveUp.signal, onQueued: () => giveUp.abort(new Error('given up')) });
      await world.exclusion.enter(lease, async () => {
        // If the fault is the holder's own end, the waiter may get in instead.
        await waiting.then(
          (late) => world.exclusion.enter(late).then(() => late.release()),
          (error: unknown) => (error === giveUp.signal.reason ? undefined : expectLoss(error, ends)),
        );
      });
    });
    await holding.catch((error: unknown) => expectLoss(error, ends));
  },
});

sweepFaults('tryAcquire answers and leaves nothing', {
  mayStay,
  play: async (world, ends) => {
    const [one, other] = [await world.client(), await world.client()];
    try {
      await using lease = await new Mutex(one, path).tryAcquire();
      expect(lease).not.toBeNull();
      await using refused = await new Mutex(other, path).tryAcquire();
      if (ends === 'none') expect(refused).toBeNull();
      await refused?.release();
      await lease?.release();
      const later = await new Mutex(other, path).tryAcquire({ timeoutMs: 60_000 });
      await later?.release();
    } catch (error) {
      expectLoss(error, ends);
    }
  },
});

sweepFaults('reentrant holds are given back once, with the last', {
  mayStay,
  play: async (world, ends) => {
    const mutex = new Mutex(await world.client(), path);
    try {
      await mutex.run(async (outer) => {
        await mutex.run((inner) => expect(inner.token).toBe(outer.token));
        await world.exclusion.enter(outer);
      });
      await mutex.run((lease) => world.exclusion.enter(lease));
    } catch (error) {
      expectLoss(error, ends);
    }
  },
});

sweepFaults('a timed wait ends in time and leaves the line', {
  mayStay,
  play: async (world, ends) => {
    const [holder, waiter] = [await world.client(), await world.client()];
    try {
      await new Mutex(holder, path).run(async (lease) => {
        await world.exclusion.enter(lease, async () => {
          const late = await new Mutex(waiter, path).acquire({ timeoutMs: 50 }).catch((error: unknown) => {
            if (!(error instanceof AcquireTimeoutError)) expectLoss(error, ends);
          });
          await late?.release();
        });
      });
    } catch (error) {
      expectLoss(error, ends);
    }
  },
});

sweepFaults('a holder that is asked to give back does so, and whoever follows the line goes on', {
  mayStay,
  play: async (world, ends) => {
    const [holder, asker] = [await world.client(), await world.client()];
    const mutex = new Mutex(asker, path);
    try {
      await new Mutex(holder, path).run(async (lease) => {
        const waiting = mutex.run((next) => world.exclusion.enter(next)).catch((error: unknown) => expectLoss(error, ends));
        await world.exclusion.enter(lease, async () => {
          if (ends === 'none') await firstValueFrom(mutex.line$.pipe(filter((line) => line.length > 0)));
          const heard = lastValueFrom(lease.revoke$, { defaultValue: undefined });
          const told = await mutex.revoke(lease.path).catch((error: unknown) => expect(error).toBeInstanceOf(OutcomeUnknownError));
          // Else it has ended, or nobody knows whether it was asked.
          if (told === true) await heard;
        });
        await lease.release();
        await waiting;
      });
    } catch (error) {
      expectLoss(error, ends);
    }
  },
});

sweepFaults('callers of one client pass the lock on among themselves, and let others in between', {
  mayStay,
  play: async (world, ends) => {
    const [ours, theirs] = [await world.client(), await world.client()];
    const mutex = new Mutex(ours, path, { handoff: { max: 1 } });
    const enter = (lease: Lease) => world.exclusion.enter(lease, () => ours.sync('/'));
    const turns = [mutex, mutex, new Mutex(theirs, path), mutex].map((each) => each.run(enter, { signal: world.signal }));
    const failed = (await Promise.allSettled(turns)).filter((turn) => turn.status === 'rejected');
    for (const { reason } of failed) expectLoss(reason, ends);
    if (ends !== 'all') expect(failed.length, 'a fault on one client must not stop the other').toBeLessThan(4);
  },
});

sweepFaults('a lease that nobody gives back ends by itself, and another enters', {
  mayStay,
  play: async (world, ends) => {
    const [one, other] = [await world.client(), await world.client()];
    try {
      const forgotten = await new Mutex(one, path).acquire({ maxHoldMs: 50, signal: world.signal });
      await new Mutex(other, path).run(async (lease) => {
        if (ends === 'none') expect(forgotten.isValid()).toBe(false);
        await world.exclusion.enter(lease);
      });
      await forgotten.release();
    } catch (error) {
      expectLoss(error, ends);
    }
  },
});
