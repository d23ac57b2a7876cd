import { expect, test } from 'vitest';
import { AtomicLong } from '../../recipes/index.ts';
import { systemClock } from '../../src/index.ts';
import { World } from '../support/world.ts';

const path = '/counters/c';

test('of sessions that count at the same time none is left behind, and it takes them few requests', { timeout: 60_000 }, async () => {
  await using world = await World.start(['/counters']);
  const clients = await Promise.all(Array.from({ length: 5 }, () => world.client()));
  const before = world.server.requestCount;
  let total = 0;
  // By time, not by number: to give way takes milliseconds, of which a fast machine needs few to count to a thousand.
  const untilMs = systemClock.now() + 8_000;
  const counts = await Promise.all(
    clients.map(async (client) => {
      const counter = new AtomicLong(client, path);
      let count = 0;
      while (client.now() < untilMs) {
        await counter.increment();
        total += 1;
        count += 1;
      }
      return count;
    }),
  );
  expect((world.server.requestCount - before) / total).toBeLessThan(4);
  // Without giving way it is all to one.
  expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(8);
  await clients[0]?.delete(path);
});
