import { expect, test } from 'vitest';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { connect, InvalidArgumentError, NoAuthError, NoNodeError, UnsupportedError } from '../../src/index.ts';
import { createClosed, onEveryServer } from '../support/servers.ts';

onEveryServer('reads of many', (connected) => {
  test('each is answered in its place, with what was found or what was refused', async () => {
    const auth = [{ scheme: 'digest', credential: 'ann:secret' }] as const;
    await using ann = await connected(undefined, { auth });
    await using client = await connected(ann);
    await client.create('/a', 'x');
    await client.create('/a/b');
    await createClosed(ann, '/closed');
    const results = await client.readMany([
      { op: 'get', path: '/a' },
      { op: 'children', path: '/a' },
      { op: 'get', path: '/none' },
      { op: 'get', path: '/closed' },
      { op: 'get', path: '/a/b' },
    ]);
    expect(results).toEqual([
      { op: 'get', data: Buffer.from('x'), stat: expect.objectContaining({ numChildren: 1 }) },
      { op: 'children', children: ['b'] },
      { op: 'refused', error: expect.any(NoNodeError) },
      { op: 'refused', error: expect.any(NoAuthError) },
      { op: 'get', data: Buffer.alloc(0), stat: expect.objectContaining({ dataLength: 0 }) },
    ]);
    expect(results[2]).toMatchObject({ error: { path: '/none' } });
    expect(await client.readMany([])).toEqual([]);
    await expect(client.readMany([{ op: 'get', path: 'relative' }])).rejects.toThrow(InvalidArgumentError);
    await ann.delete('/closed');
  });

  test('who asks what has changed since is told of data, lists and deletions, in a namespace too', async () => {
    await using one = await connected();
    await one.create('/app');
    const client = one.usingNamespace('app');
    for (const path of ['/same', '/set', '/parent', '/gone']) await client.create(path);
    const { stat } = await client.get('/gone');
    await client.set('/set', 'new');
    await client.create('/parent/child');
    await client.delete('/gone');
    const paths = ['/same', '/set', '/parent', '/gone', '/never'];
    if (!client.capabilities.persistentWatches) {
      await expect(client.changedSince(stat.czxid, paths)).rejects.toThrow(UnsupportedError);
      return;
    }
    expect([...(await client.changedSince(stat.czxid, paths))].sort()).toEqual(['/gone', '/never', '/parent', '/set']);
    expect(await client.changedSince(stat.czxid, [])).toEqual(new Set());
  });
});

test('reads of many take one request; what does not fit one reply takes more', async () => {
  await using server = await startEmbeddedServer();
  await using client = await connect(server.hosts, { maxReplyBytes: 3_000 });
  const paths = ['/a', '/b', '/c', '/d'];
  for (const path of paths) await client.create(path, Buffer.alloc(1_000));
  const before = server.requestCount;
  await client.readMany(paths.slice(0, 2).map((path) => ({ op: 'get', path })));
  expect(server.requestCount - before).toBe(1);
  const results = await client.readMany(paths.map((path) => ({ op: 'get', path })));
  expect(results.map((result) => result.op === 'get' && result.data.length)).toEqual([1_000, 1_000, 1_000, 1_000]);
});
