import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { TreeCache } from '../../recipes/index.ts';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { type Client, connect } from '../../src/index.ts';
import { CacheWitness } from '../support/cache-witness.ts';
import { onEveryServer } from '../support/servers.ts';

const parents = 25;
const each = 100;

/** Enough for a cache to ask what has changed, instead of reading all again. */
async function makeLargeTree(client: Client): Promise<void> {
  await client.create('/large');
  for (let parent = 0; parent < parents; parent += 1) {
    await client.create(`/large/${parent}`);
    await Promise.all(Array.from({ length: each }, (_, child) => client.create(`/large/${parent}/${child}`, 'old')));
  }
}

async function changeSome(client: Client): Promise<void> {
  await client.set('/large/3/5', 'new');
  await client.set('/large', 'new');
  await client.deleteAll('/large/7');
  await client.delete('/large/8/0');
  await client.create('/large/8/0', 'old');
  await client.create('/large/9/9/below a leaf', '', { parents: true });
  await client.create('/large/more');
}

onEveryServer('a large cache after a gap', (connected, wired) => {
  test('shows what has changed', { timeout: 120_000 }, async () => {
    await using one = await connected();
    await makeLargeTree(one);
    const { client, wire } = await wired(one);
    await using _wire = wire;
    await using _client = client;
    await using cache = new TreeCache(client, '/large');
    const witness = new CacheWitness(cache);
    await cache.start();
    wire.cut();
    await changeSome(one);
    wire.mend();
    await cache.synced();
    expect(await witness.differences(one)).toEqual([]);
  });
});

test('a large cache asks for no more than what has changed, and leaves no watch behind', async () => {
  await using server = await startEmbeddedServer();
  await using one = await connect(server.hosts);
  await using client = await connect(server.hosts);
  await makeLargeTree(one);
  await using cache = new TreeCache(client, '/large');
  await cache.start();
  expect(server.watchCount).toBe(1);
  const { id } = await client.connected();
  const whole = firstValueFrom(cache.events$.pipe(filter(({ type }) => type === 'resync')));
  const asked: string[] = [];
  server.requests$.subscribe(({ operation }) => asked.push(operation));
  server.faults.refuseConnections(true);
  server.faults.dropConnections(id);
  await changeSome(one);
  server.faults.refuseConnections(false);
  asked.length = 0;
  await whole;
  const reads = asked.filter((operation) => !['setWatches', 'setWatches2', 'sync', 'closeSession'].includes(operation));
  // Of 2,526 znodes, 110 have changed.
  expect(reads.length).toBeLessThanOrEqual(8);
  await cache.synced();
  expect(server.watchCount).toBe(1);
  expect(server.sessions()).toHaveLength(2);
  await cache.close();
  await client.sync('/');
  expect(server.watchCount).toBe(0);
});

test('a large cache that cannot ask what has changed reads all anew', async () => {
  await using server = await startEmbeddedServer();
  await using one = await connect(server.hosts);
  await using client = await connect(server.hosts);
  await makeLargeTree(one);
  await using cache = new TreeCache(client, '/large');
  const witness = new CacheWitness(cache);
  await cache.start();
  const { id } = await client.connected();
  const reads: string[] = [];
  server.requests$.pipe(filter(({ operation }) => operation === 'multiRead')).subscribe(({ operation }) => reads.push(operation));
  server.faults.refuseConnections(true);
  server.faults.dropConnections(id);
  await changeSome(one);
  server.faults.inject({ kind: 'expire-session' }, { operation: 'setWatches' });
  server.faults.refuseConnections(false);
  await cache.synced();
  expect(await witness.differences(one)).toEqual([]);
  // 50 of 2,526 znodes at a time.
  expect(reads.length).toBeGreaterThan(50);
});
