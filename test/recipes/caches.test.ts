import { filter, firstValueFrom, lastValueFrom, map, take, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type CacheEvent, ChildrenCache, NodeCache, TreeCache } from '../../recipes/index.ts';
import {
  CacheClosedError,
  CacheLimitError,
  type CacheNotReadyError,
  type Client,
  ClosedError,
  gzip,
  json,
  MalformedDataError,
  NoAuthError,
  noData,
  text,
} from '../../src/index.ts';
import { CacheWitness } from '../support/cache-witness.ts';
import { createClosed, onEveryServer } from '../support/servers.ts';
import { stall } from '../support/stall.ts';

const path = '/tree';

/** Makes znodes whose data are their paths. */
async function make(client: Client, ...paths: readonly string[]): Promise<void> {
  for (const each of paths) await client.create(each, each);
}

function typesOf(events: readonly CacheEvent<unknown>[]): readonly string[] {
  return events.map((event) => `${event.type} ${event.path}`);
}

onEveryServer('TreeCache', (connected, wired) => {
  test('its first picture is the whole tree, and it is told as it is read', async () => {
    await using client = await connected();
    await make(client, path, '/tree/a', '/tree/a/b', '/tree/a/b/c', '/tree/d', '/treeless');
    await using cache = new TreeCache(client, path, { codec: text });
    const told = firstValueFrom(cache.events$.pipe(take(6), toArray()));
    await cache.start();
    expect(typesOf(await told)).toEqual([
      'added /tree',
      expect.stringMatching(/^added/),
      expect.stringMatching(/^added/),
      'added /tree/a/b',
      'added /tree/a/b/c',
      'resync /tree',
    ]);
    expect([...cache.entries()].map(({ value }) => value).sort()).toEqual([path, '/tree/a', '/tree/a/b', '/tree/a/b/c', '/tree/d']);
    expect(cache.size).toBe(5);
    expect(cache.children(path)).toEqual(['a', 'd']);
    expect(cache.children('/tree/d')).toEqual([]);
    expect(cache.get('/tree/a')).toMatchObject({
      path: '/tree/a',
      value: '/tree/a',
      error: undefined,
      stat: { version: 0, numChildren: 1 },
    });
    expect(cache.get('/treeless')).toBeUndefined();
  });

  test('what others change is told once each, with before and after', async () => {
    await using client = await connected();
    await using other = await connected(client);
    await make(client, path);
    await using cache = new TreeCache(client, path, { codec: text });
    await cache.start();
    const told = firstValueFrom(cache.events$.pipe(take(4), toArray()));
    await make(other, '/tree/a');
    await cache.synced();
    await other.set('/tree/a', 'new');
    await cache.synced();
    await other.delete('/tree/a');
    await other.set(path, 'root');
    await cache.synced();
    const [added, changed, removed, root] = await told;
    expect(added).toMatchObject({ type: 'added', path: '/tree/a', before: undefined, after: { value: '/tree/a' } });
    expect(changed).toMatchObject({ type: 'changed', path: '/tree/a', before: { value: '/tree/a' }, after: { value: 'new' } });
    expect(removed).toMatchObject({ type: 'removed', path: '/tree/a', before: { value: 'new' }, after: undefined });
    expect(root).toMatchObject({ type: 'changed', path, before: { value: path }, after: { value: 'root', stat: { version: 1 } } });
    expect(cache.children(path)).toEqual([]);
  });

  test('its root need not exist, comes, goes with all that is below it, and comes back as another', async () => {
    await using client = await connected();
    await using other = await connected(client);
    await using cache = new TreeCache(client, '/not/yet');
    const witness = new CacheWitness(cache);
    await cache.start();
    expect(cache.size).toBe(0);
    await other.create('/not/yet', 'one', { parents: true });
    await make(other, '/not/yet/a', '/not/yet/a/b');
    await cache.synced();
    expect(cache.size).toBe(3);
    await other.deleteAll('/not');
    await cache.synced();
    expect(cache.size).toBe(0);
    await other.create('/not/yet', 'two', { parents: true });
    await cache.synced();
    expect(Buffer.from(cache.get('/not/yet')?.value ?? []).toString()).toBe('two');
    expect(await witness.differences(other)).toEqual([]);
    expect(witness.told.filter((each) => each.endsWith('/not/yet'))).toEqual([
      'resync /not/yet',
      'added /not/yet',
      'removed /not/yet',
      'added /not/yet',
    ]);
  });

  test('a znode that is deleted and made anew is removed and added, though version and data are the same', async () => {
    await using client = await connected();
    await using other = await connected(client);
    await make(client, path, '/tree/a');
    await using cache = new TreeCache(client, path);
    const witness = new CacheWitness(cache);
    await cache.start();
    await other
      .transaction([
        { op: 'delete', path: '/tree/a' },
        { op: 'create', path: '/tree/a', data: '/tree/a' },
      ])
      .catch(async () => {
        // The C client has no transactions.
        await other.delete('/tree/a');
        await make(other, '/tree/a');
      });
    await cache.synced();
    expect(witness.told.slice(-2)).toEqual(['removed /tree/a', 'added /tree/a']);
    expect(await witness.differences(other)).toEqual([]);
  });

  test('a value that its codec does not take is kept as an error, until one comes that it takes', async () => {
    await using client = await connected();
    await client.create(path, '{"port":1}');
    await client.create('/tree/a', 'port 2');
    const codec = json(z.object({ port: z.number() }));
    await using cache = new TreeCache(client, path, { codec });
    const told = firstValueFrom(
      cache.events$.pipe(
        filter((event) => event.path === '/tree/a'),
        take(3),
        toArray(),
      ),
    );
    await cache.start();
    expect(cache.get(path)?.value?.port).toBe(1);
    expect(cache.get('/tree/a')).toMatchObject({ value: undefined, error: { name: 'MalformedDataError', path: '/tree/a', sizeBytes: 6 } });
    await client.set('/tree/a', '{"port":2}');
    await cache.synced();
    await client.set('/tree/a', '{"port":"two"}');
    const [added, mended, broken] = await told;
    expect(mended?.type === 'changed' && Object.isFrozen(mended.after.value)).toBe(true);
    expect(added).toMatchObject({ type: 'added', after: { error: expect.any(MalformedDataError) } });
    expect(mended).toMatchObject({ type: 'changed', before: { value: undefined }, after: { value: { port: 2 }, error: undefined } });
    expect(broken).toMatchObject({ type: 'changed', before: { value: { port: 2 } }, after: { value: undefined } });
    expect(cache.state).toBe('live');
  });

  test('a znode that we may not read is shown with its stat and the refusal', async () => {
    const auth = [{ scheme: 'digest', credential: 'ann:secret' }] as const;
    await using ann = await connected(undefined, { auth });
    await using client = await connected(ann);
    await make(ann, path, '/tree/a');
    await createClosed(ann, '/tree/closed');
    await using cache = new TreeCache(client, path, { codec: text });
    await cache.start();
    expect(cache.children(path)).toEqual(['a', 'closed']);
    expect(cache.get('/tree/closed')).toMatchObject({ value: undefined, error: expect.any(NoAuthError), stat: { dataLength: 0 } });
    expect(cache.get('/tree/a')?.value).toBe('/tree/a');
    await ann.delete('/tree/closed');
  });

  test('without data, changes are told all the same', async () => {
    await using client = await connected();
    await make(client, path, '/tree/a');
    await using cache = new TreeCache(client, path, { codec: noData });
    await cache.start();
    expect(cache.get('/tree/a')).toMatchObject({ value: undefined, error: undefined, stat: { dataLength: 7 } });
    const changed = firstValueFrom(cache.events$);
    await client.set('/tree/a', 'longer than before');
    expect(await changed).toMatchObject({ type: 'changed', path: '/tree/a', after: { stat: { dataLength: 18, version: 1 } } });
  });

  test('compressed values are inflated, in order, and one that is not compressed is an error', async () => {
    await using client = await connected();
    const codec = gzip(text);
    await client.create(path, Buffer.from(codec.encode('first')));
    await client.create('/tree/plain', 'plain');
    await using cache = new TreeCache(client, path, { codec });
    await cache.start();
    expect(cache.get(path)?.value).toBe('first');
    expect(cache.get('/tree/plain')?.error).toBeInstanceOf(MalformedDataError);
    await client.set(path, Buffer.from(codec.encode('second'.repeat(1000))));
    await client.set(path, Buffer.from(codec.encode('third')));
    await cache.synced();
    expect(cache.get(path)?.value).toBe('third');
  });

  test('it reaches as deep as it is told, and leaves out what is not accepted, with all below', async () => {
    await using client = await connected();
    await make(client, path, '/tree/a', '/tree/a/b', '/tree/a/b/c', '/tree/tmp', '/tree/tmp/x');
    await using shallow = new TreeCache(client, path, { maxDepth: 2 });
    await using picky = new TreeCache(client, path, { accept: (each) => !each.endsWith('/tmp') });
    await Promise.all([shallow.start(), picky.start()]);
    const paths = (cache: TreeCache) => [...cache.entries()].map((node) => node.path).sort();
    expect(paths(shallow)).toEqual([path, '/tree/a', '/tree/a/b', '/tree/tmp', '/tree/tmp/x']);
    expect(paths(picky)).toEqual([path, '/tree/a', '/tree/a/b', '/tree/a/b/c']);
    await make(client, '/tree/tmp/y', '/tree/tmp/x/z', '/tree/a/b/d', '/tree/e');
    await client.set('/tree/a/b/c', 'new');
    await Promise.all([shallow.synced(), picky.synced()]);
    expect(paths(shallow)).toEqual([path, '/tree/a', '/tree/a/b', '/tree/e', '/tree/tmp', '/tree/tmp/x', '/tree/tmp/y']);
    expect(paths(picky)).toEqual([path, '/tree/a', '/tree/a/b', '/tree/a/b/c', '/tree/a/b/d', '/tree/e']);
  });

  test('what outgrows its limits fails with their name, and nothing goes on', async () => {
    await using client = await connected();
    await make(client, path, '/tree/a', '/tree/b');
    await using many = new TreeCache(client, path, { maxNodes: 2 });
    await expect(many.start()).rejects.toMatchObject({ name: 'CacheLimitError', path, option: 'maxNodes', limit: 2 });
    await using large = new TreeCache(client, path, { maxBytes: 1_000 });
    await large.start();
    const failed = expect(lastValueFrom(large.events$)).rejects.toThrow(CacheLimitError);
    await client.create('/tree/c', Buffer.alloc(1_000));
    await failed;
    expect(await firstValueFrom(large.state$)).toMatchObject({ kind: 'failed', error: expect.any(CacheLimitError) });
    await expect(large.start()).rejects.toThrow(CacheLimitError);
    expect([large.size, many.size]).toEqual([0, 0]);
  });

  test('an accept that throws fails the cache with what it threw', async () => {
    await using client = await connected();
    await make(client, path, '/tree/a');
    const mistake = new TypeError('not a function');
    await using cache = new TreeCache(client, path, {
      accept: () => {
        throw mistake;
      },
    });
    await expect(cache.start()).rejects.toBe(mistake);
    await expect(firstValueFrom(cache.nodes$)).rejects.toBe(mistake);
  });

  test('nodes$ gives the present picture at once, and another after each change', async () => {
    await using client = await connected();
    await make(client, path, '/tree/a');
    await using cache = new TreeCache(client, path, { codec: text });
    const pictures: (readonly string[])[] = [];
    cache.nodes$.subscribe((nodes) => pictures.push([...nodes.keys()].sort()));
    await cache.start();
    expect(pictures).toEqual([[path, '/tree/a']]);
    const late = firstValueFrom(cache.nodes$);
    expect([...(await late).keys()]).toHaveLength(2);
    await client.delete('/tree/a');
    await cache.synced();
    expect(pictures).toEqual([[path, '/tree/a'], [path]]);
    expect((await late).size).toBe(2);
  });

  test('what happens during a gap is told when contact is back, before the picture is called whole again', async () => {
    await using one = await connected();
    await make(one, path, '/tree/a', '/tree/b', '/tree/b/c', '/tree/same');
    const { client, wire } = await wired(one);
    await using _wire = wire;
    await using _client = client;
    await using cache = new TreeCache(client, path);
    const witness = new CacheWitness(cache);
    await cache.start();
    const before = witness.events.length;
    wire.cut();
    await one.set('/tree/a', 'new');
    await one.deleteAll('/tree/b');
    await make(one, '/tree/b', '/tree/b/d', '/tree/e', '/tree/e/f');
    wire.mend();
    await cache.synced();
    expect(await witness.differences(one)).toEqual([]);
    const told = witness.told.slice(before).filter((each) => !each.startsWith('resync'));
    expect(told.toSorted()).toEqual([
      'added /tree/b',
      'added /tree/b/d',
      'added /tree/e',
      'added /tree/e/f',
      'changed /tree/a',
      'removed /tree/b',
      'removed /tree/b/c',
    ]);
  });

  test('started while there is no contact, it loads when there is', async () => {
    await using one = await connected();
    await make(one, path, '/tree/a');
    const { client, wire } = await wired(one);
    await using _wire = wire;
    await using _client = client;
    const suspended = firstValueFrom(client.state$.pipe(filter((state) => state === 'suspended')), { defaultValue: 'never' });
    wire.cut();
    // A real server over the C client cannot be cut off.
    await Promise.race([suspended, one.sync('/')]);
    await using cache = new TreeCache(client, path);
    const started = cache.start();
    wire.mend();
    await started;
    expect(cache.size).toBe(2);
    await make(one, '/tree/b');
    await cache.synced();
    expect(cache.size).toBe(3);
  });

  test('start ends in time or by its signal, and the cache goes on', async () => {
    await using client = await connected();
    await make(client, path);
    await using cache = new TreeCache(client, path);
    const giveUp = new AbortController();
    const [late, aborted] = [cache.start({ timeoutMs: 1 }), cache.start({ signal: giveUp.signal })];
    giveUp.abort(new Error('given up'));
    stall(5);
    await Promise.all([
      expect(aborted).rejects.toThrow('given up'),
      expect(late).rejects.toMatchObject({ name: 'CacheNotReadyError', path, timeoutMs: 1 } satisfies Partial<CacheNotReadyError>),
    ]);
    await cache.start();
    expect(cache.size).toBe(1);
  });

  test('closed, it is empty, its streams complete, and it cannot be started again', async () => {
    await using client = await connected();
    await make(client, path);
    const cache = new TreeCache(client, path);
    await cache.start();
    const streams = Promise.all(
      [cache.events$, cache.nodes$, cache.state$].map((stream$) => lastValueFrom<unknown, unknown>(stream$, { defaultValue: 'none' })),
    );
    const syncing = expect(cache.synced()).rejects.toThrow(CacheClosedError);
    await Promise.all([cache.close(), cache.close()]);
    expect(await streams).toEqual(['none', new Map([[path, expect.anything()]]), { kind: 'closed' }]);
    await syncing;
    await expect(cache.start()).rejects.toThrow(CacheClosedError);
    expect([cache.size, cache.state]).toEqual([0, 'closed']);
  });

  test('when the client is closed, its streams complete and it is over', async () => {
    const client = await connected();
    await make(client, path);
    const cache = new TreeCache(client, path);
    await cache.start();
    const ended = lastValueFrom(cache.events$, { defaultValue: undefined });
    await client.close();
    expect(await ended).toBeUndefined();
    await expect(cache.synced()).rejects.toThrow(ClosedError);
    expect(cache.state).toBe('failed');
    await cache.close();
  });

  test('synced means that all that was written before is in the picture, by anybody', async () => {
    await using client = await connected();
    await using other = await connected(client);
    await using cache = new TreeCache(client, path, { codec: text });
    await make(other, path);
    for (let round = 0; round < 30; round += 1) {
      await other.set(path, `${round}`);
      await make(other, `/tree/${round}`);
      await cache.synced();
      expect(cache.get(path)?.value).toBe(`${round}`);
      expect(cache.size).toBe(round + 2);
    }
  });
});

onEveryServer('ChildrenCache', (connected) => {
  test('it shows the children by name, without their parent and what is below them', async () => {
    await using client = await connected();
    await make(client, path, '/tree/b', '/tree/a', '/tree/a/deep');
    await using cache = new ChildrenCache(client, path, { codec: text });
    const told: string[] = [];
    cache.events$.subscribe((event) => told.push(`${event.type} ${event.path}`));
    await cache.start();
    expect(told.toSorted()).toEqual(['added /tree/a', 'added /tree/b', 'resync /tree']);
    expect([cache.names, cache.size, cache.get('a')?.value]).toEqual([['a', 'b'], 2, '/tree/a']);
    const names$ = cache.nodes$.pipe(map((nodes) => [...nodes.keys()].sort()));
    const gone = firstValueFrom(names$.pipe(filter((names) => !names.includes('b'))));
    await client.set(path, 'new');
    await client.set('/tree/a/deep', 'new');
    await client.delete('/tree/b');
    expect(await gone).toEqual(['a']);
    expect([...cache.entries()].map((node) => node.path)).toEqual(['/tree/a']);
    expect(told.slice(3)).toEqual(['removed /tree/b']);
  });

  test('its parent may come later, and vanish', async () => {
    await using client = await connected();
    await using cache = new ChildrenCache(client, path);
    await cache.start();
    expect(cache.size).toBe(0);
    await make(client, path, '/tree/a');
    await cache.synced();
    expect(cache.names).toEqual(['a']);
    await client.deleteAll(path);
    await cache.synced();
    expect([cache.names, cache.size]).toEqual([[], 0]);
  });
});

onEveryServer('NodeCache', (connected) => {
  test('it shows the znode as it comes, changes and goes', async () => {
    await using client = await connected();
    await using cache = new NodeCache(client, path, { codec: text });
    const values: (string | undefined)[] = [];
    cache.node$.subscribe((node) => values.push(node?.value));
    await cache.start();
    await client.create(path, 'one');
    await cache.synced();
    await client.create('/tree/child', 'is no change');
    await client.set(path, 'two');
    await cache.synced();
    expect(cache.get()).toMatchObject({ path, value: 'two', stat: { version: 1 } });
    await client.deleteAll(path);
    await cache.synced();
    expect(cache.get()).toBeUndefined();
    expect(values).toEqual([undefined, 'one', 'two', undefined]);
  });
});
