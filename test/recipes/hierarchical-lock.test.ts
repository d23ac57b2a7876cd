import { expect, test } from 'vitest';
import { hierarchicalLock } from '../../recipes/index.ts';
import { type Client, LockUpgradeError } from '../../src/index.ts';
import { onEveryServer } from '../support/servers.ts';

const directory = '/locks/tree';
const lock = (client: Client, resource: string) => hierarchicalLock(client, directory, resource);

onEveryServer('hierarchicalLock', (connected) => {
  test.each([
    ['/a', '/a', false],
    ['/a', '/a/b', false],
    ['/a', '/a/b/c', false],
    ['/a/b/c', '/a', false],
    ['/', '/a/b', false],
    ['/a/b', '/', false],
    ['/a', '/ab', true],
    ['/a/b', '/a/c', true],
    ['/a/b', '/b/a', true],
  ])('while one holds %s, may another hold %s: %s', async (held, wanted, may) => {
    await using one = await connected();
    await using other = await connected(one);
    const lease = await lock(one, held).acquire();
    const second = await lock(other, wanted).tryAcquire();
    expect(second !== null).toBe(may);
    await second?.release();
    await lease.release();
    await using again = await lock(other, wanted).acquire({ timeoutMs: 20_000 });
    expect(again.isValid()).toBe(true);
  });

  test('an owner enters what is below its hold, and is refused what is above', async () => {
    await using client = await connected();
    await lock(client, '/a').run(async () => {
      await lock(client, '/a/b').run((lease) => expect(lease.isValid()).toBe(true));
    });
    await lock(client, '/a/b').run(async () => {
      await expect(lock(client, '/a').acquire()).rejects.toBeInstanceOf(LockUpgradeError);
    });
  });

  test('nothing of it is left behind', async () => {
    await using client = await connected();
    await lock(client, '/a/b').run(() => {});
    for (const name of await client.children(directory)) expect(await client.children(`${directory}/${name}`)).toEqual([]);
  });

  test.each([
    ['relative', 'locks', '/a', 'hierarchicalLock.directory'],
    ['no path', '/locks', 'a', 'hierarchicalLock.resource'],
  ])('a name that is %s is refused', async (_, where, resource, field) => {
    await using client = await connected();
    expect(() => hierarchicalLock(client, where, resource)).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field }));
  });
});
