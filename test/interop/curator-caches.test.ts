import { expect, test } from 'vitest';
import { TreeCache } from '../../recipes/index.ts';
import { type Client, gzip, RefusedError, text } from '../../src/index.ts';
import { besideCurator } from '../support/beside-curator.ts';

/** Hundreds of writes of two sessions at a time, the same in each run, that make, change and delete the same few znodes again and again. */
async function churn(clients: readonly [Client, Client], root: string, rounds: number): Promise<void> {
  const places = ['', '/a', '/b', '/a/a', '/a/b', '/b/a', '/a/a/a', '/b/a/a'];
  let state = 42;
  const next = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  for (let round = 0; round < rounds; round += 1) {
    const writes = Array.from({ length: 10 }, async (_, index) => {
      const client = clients[index % 2 === 0 ? 0 : 1];
      const path = root + (places[next(places.length)] ?? '');
      const which = next(3);
      const doing =
        which === 0 ? client.create(path, `${round}`) : which === 1 ? client.set(path, `${round}-${index}`) : client.delete(path);
      await doing.catch(unlessInVain);
    });
    await Promise.all(writes);
  }
}

function unlessInVain(error: unknown): void {
  if (!(error instanceof RefusedError)) throw error;
}

function entriesOf(cache: TreeCache<string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...cache.entries()].map(({ path, stat, value }) => [path, `${stat.czxid}/${stat.mzxid}:${value}`]));
}

besideCurator('TreeCache, CuratorCache and TreeCache of Java', (peers) => {
  for (const kind of ['curatorCache', 'treeCache'] as const) {
    test(`after a tree has changed without rest, ours and its ${kind} show the same`, { timeout: 120_000 }, async (context) => {
      const { java, connected } = await peers(context);
      await using one = await connected();
      await using other = await connected();
      const root = `/churned-${kind}`;
      await churn([one, other], root, 5);
      const ofJava = java.cache(kind, root);
      await using cache = new TreeCache(one, root, { codec: text });
      const churning = churn([one, other], root, 60);
      await Promise.all([cache.start(), ofJava.start(), churning]);
      // So that there is something to compare.
      for (const path of [root, `${root}/a`, `${root}/a/b`]) await one.create(path, 'last').catch(unlessInVain);
      await cache.synced();
      // CuratorCache tells a znode by its version alone, and may have taken one for another.
      for (const { path } of [...cache.entries()]) await one.set(path, 'last');
      await cache.synced();
      expect(cache.size).toBeGreaterThanOrEqual(3);
      // It cannot be asked whether it has caught up.
      await expect.poll(() => ofJava.entries(), { timeout: 60_000 }).toEqual(entriesOf(cache));
      await ofJava.close();
    });
  }

  test('what Java compresses is read by ours, and the other way round', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const value = 'compressed '.repeat(100);
    await java.compressed('/compressed').create(value);
    const codec = gzip(text);
    await using cache = new TreeCache(client, '/compressed', { codec });
    await cache.start();
    expect(cache.get('/compressed')?.value).toBe(value);
    expect(cache.get('/compressed')?.stat.dataLength).toBeLessThan(100);
    await client.create('/compressed/ours', codec.encode(`${value}!`));
    expect(await java.compressed('/compressed/ours').get()).toBe(`${value}!`);
  });
});
