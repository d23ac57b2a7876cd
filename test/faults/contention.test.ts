import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Mutex } from '../../recipes/index.ts';
import { World } from '../support/world.ts';

const path = '/locks/busy';
const sessions = 5;
const contendersEach = 10;
const acquisitions = 20;

test('50 contenders on 5 sessions take turns 20 times each, while connections are cut at random', { timeout: 120_000 }, async () => {
  const seed = Number(process.env['DOCENT_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const cutEvery = fc.sample(fc.integer({ min: 20, max: 120 }), { seed, numRuns: 1000 });
  await using world = await World.start(['/locks', path]);
  const clients = await Promise.all(Array.from({ length: sessions }, () => world.client({ sessionTimeoutMs: 10_000 })));

  let untilCut = cutEvery.pop() ?? 50;
  const cuts = world.server.requests$.subscribe(({ sessionId }) => {
    untilCut -= 1;
    if (untilCut > 0) return;
    untilCut = cutEvery.pop() ?? 50;
    queueMicrotask(() => world.server.faults.dropConnections(sessionId));
  });

  const turns = clients.flatMap((client) =>
    Array.from({ length: contendersEach }, async () => {
      const mutex = new Mutex(client, path);
      for (let turn = 0; turn < acquisitions; turn += 1) await mutex.run((lease) => world.exclusion.enter(lease));
    }),
  );
  await Promise.all(turns);
  cuts.unsubscribe();

  // Tokens are the order of arrival at the server, and the tracker has noted every entry whose token did not grow.
  expect(world.exclusion.violations, `seed ${seed}`).toEqual([]);
  expect(world.exclusion.entries).toBe(sessions * contendersEach * acquisitions);
  const [client] = clients;
  expect(await client?.children(path)).toEqual([]);
});
