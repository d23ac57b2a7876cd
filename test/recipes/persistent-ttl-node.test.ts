import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { PersistentTtlNode } from '../../recipes/index.ts';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { type Client, connect, InvalidArgumentError, NoNodeError, UnsupportedError } from '../../src/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { onEveryServer } from '../support/servers.ts';

const path = '/registry/one';

/** Resolves when it has been touched so many times since it was made. */
async function touched(client: Client, times: number): Promise<void> {
  await firstValueFrom(client.data$(`${path}/touch`).pipe(filter((node) => node !== null && node.stat.version >= times - 1)));
}

async function gone(client: Client): Promise<void> {
  await firstValueFrom(client.data$(path).pipe(filter((node) => node === null)));
}

onEveryServer('PersistentTtlNode', (connected) => {
  test('is made with its data, is touched by its child, and stays behind when it is closed', async () => {
    await using client = await connected();
    if (!client.capabilities.ttl) {
      await expect(new PersistentTtlNode(client, path, '', { ttlMs: 100 }).created()).rejects.toThrow(UnsupportedError);
      return;
    }
    await using other = await connected(client);
    const node = new PersistentTtlNode(client, path, 'here', { ttlMs: 100 });
    await node.created();
    const { data, stat } = await client.get(path);
    expect(data.toString()).toBe('here');
    expect(stat.ephemeralOwner).toBe(0n);
    await touched(other, 3);
    // Who watches the znode itself is not disturbed.
    expect((await client.exists(path))?.mzxid).toBe(stat.mzxid);
    await node.setData('changed');
    await node.close();
    expect((await other.get(path)).data.toString()).toBe('changed');
    await other.deleteAll(path);
  });

  test('deleted by somebody it is made again, and touched again', async () => {
    await using client = await connected();
    if (!client.capabilities.ttl) return;
    await using other = await connected(client);
    await using node = new PersistentTtlNode(client, path, 'here', { ttlMs: 100 });
    await node.created();
    await touched(other, 1);
    const before = await other.exists(path);
    await other.deleteAll(path).catch((error: unknown) => {
      // It may be made again meanwhile.
      if (!(error instanceof NoNodeError)) throw error;
    });
    await firstValueFrom(other.data$(path).pipe(filter((now) => now !== null && now.stat.czxid !== before?.czxid)));
    await touched(other, 1);
    await node.close();
    await other.deleteAll(path);
  });
});

test('it lives as long as anybody keeps it, and goes when nobody has for its TTL', async () => {
  const clock = new ManualClock();
  await using server = await startEmbeddedServer({ reaperIntervalMs: 20, clock });
  await using one = await connect(server.hosts, { clock });
  await using other = await connect(server.hosts, { clock });
  const ttlMs = 2_000;
  const [first, second] = [new PersistentTtlNode(one, path, '1', { ttlMs }), new PersistentTtlNode(other, path, '2', { ttlMs })];
  await first.created();
  await second.created();
  const before = await one.exists(path);
  await first.close();
  for (const times of [1, 2, 3]) {
    clock.advance(ttlMs / 2);
    // By then its keeper, who has another connection, waits again.
    await touched(one, times);
  }
  expect((await one.exists(path))?.czxid).toBe(before?.czxid);
  await one.close();
  await second.close();
  clock.advance(2 * ttlMs);
  await gone(other);
});

test('one whose child was never made goes in the same way', async () => {
  await using server = await startEmbeddedServer({ reaperIntervalMs: 20 });
  await using client = await connect(server.hosts);
  const node = new PersistentTtlNode(client, path, '', { ttlMs: 200 });
  await node.created();
  await node.close();
  await gone(client);
});

test('two keepers that make the child at one moment both go on touching it', async () => {
  await using server = await startEmbeddedServer();
  await using client = await connect(server.hosts);
  await client.ensurePath('/registry');
  const node = new PersistentTtlNode(client, path, '', { ttlMs: 2_000 });
  await node.created();
  // As if another had made it just now.
  server.faults.inject({ kind: 'refuse', code: 'NODEEXISTS' }, { operation: 'createTtl' });
  await touched(client, 2);
  await node.close();
});

test('bad arguments are refused by name', async () => {
  const client = {} as Client; // never used: the constructor does no I/O
  const broken: readonly [string, () => unknown][] = [
    ['PersistentTtlNode.path', () => new PersistentTtlNode(client, 'relative', '', { ttlMs: 1_000 })],
    ['PersistentTtlNode.options.ttlMs', () => new PersistentTtlNode(client, '/a', '', { ttlMs: 0 })],
    ['PersistentTtlNode.options.ttlMs', () => new PersistentTtlNode(client, '/a', '', {} as never)],
    ['PersistentTtlNode.options.ttlMs', () => new PersistentTtlNode(client, '/a', '', { ttlMs: 2 ** 40 })],
    ['PersistentTtlNode.options.mode', () => new PersistentTtlNode(client, '/a', '', { ttlMs: 5, mode: 'container' } as never)],
  ];
  for (const [field, attempt] of broken) {
    expect(attempt).toThrow(InvalidArgumentError);
    expect(attempt).toThrow(expect.objectContaining({ field }));
  }
});
