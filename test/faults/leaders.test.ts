import { filter, firstValueFrom } from 'rxjs';
import { expect } from 'vitest';
import { LeaderLatch, LeaderSelector } from '../../recipes/index.ts';
import { LeaseLostError } from '../../src/index.ts';
import { sweepFaults } from '../support/sweep.ts';

const path = '/leaders/l';
const mayStay = ['/leaders', path];

sweepFaults('two latches: one leads at a time, and whatever happens, both get to lead and their work done', {
  mayStay,
  play: async (world) => {
    const clients = [await world.client(), await world.client()];
    await Promise.all(
      clients.map(async (client) => {
        await using latch = new LeaderLatch(client, path);
        const result = await latch.run(
          async (lease) => {
            // A round trip inside, so that a fault can come over a leader too.
            await world.exclusion.enter(lease, () => client.sync('/'));
            return 'done';
          },
          { signal: world.signal },
        );
        expect(result).toBe('done');
      }),
    );
  },
});

sweepFaults('a latch that is started leads in the end, steps down, and is closed', {
  mayStay,
  play: async (world) => {
    const [one, other] = [new LeaderLatch(await world.client(), path), new LeaderLatch(await world.client(), path)];
    const leads = (latch: LeaderLatch) => firstValueFrom(latch.isLeader$.pipe(filter((isLeader) => isLeader)));
    one.start();
    await leads(one);
    other.start();
    await one.yield();
    await Promise.race([leads(one), leads(other)]);
    await one.close();
    await leads(other);
    expect(one.hasLeadership).toBe(false);
    await other.close();
  },
});

sweepFaults('two selectors take turns', {
  mayStay,
  play: async (world, ends) => {
    const clients = [await world.client(), await world.client()];
    const turns = clients.map((client) =>
      new LeaderSelector(client, path).run((lease) => world.exclusion.enter(lease, () => client.sync('/')), { signal: world.signal }),
    );
    for (const turn of await Promise.allSettled(turns)) {
      if (turn.status === 'fulfilled') continue;
      expect(ends, String(turn.reason)).not.toBe('none');
      expect(turn.reason).toBeInstanceOf(LeaseLostError);
    }
  },
});
