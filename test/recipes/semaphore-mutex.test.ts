import { expect, test } from 'vitest';
import { Semaphore, SemaphoreMutex } from '../../recipes/index.ts';
import { AcquireTimeoutError } from '../../src/index.ts';
import { onEveryServer } from '../support/servers.ts';
import { Exclusion } from '../support/world.ts';

const path = '/locks/plain';

onEveryServer('SemaphoreMutex', (connected) => {
  test('one holds at a time, in Curator’s layout', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const exclusion = new Exclusion();
    const turns = [one, other].flatMap((client) => {
      const mutex = new SemaphoreMutex(client, path);
      return Array.from({ length: 8 }, () => mutex.run((lease) => exclusion.enter(lease)));
    });
    await Promise.all(turns);
    expect(exclusion.violations).toEqual([]);
    expect(exclusion.entries).toBe(16);
    await using lease = await new SemaphoreMutex(one, path).acquire();
    expect(lease.path).toMatch(/^\/locks\/plain\/leases\/_c_[-0-9a-f]{36}-lease-\d{10}$/);
    expect(await one.children(`${path}/locks`)).toEqual([]);
  });

  test('it is not reentrant: its own holder has to wait, too', async () => {
    await using client = await connected();
    const mutex = new SemaphoreMutex(client, path);
    await mutex.run(async () => {
      expect(await mutex.tryAcquire()).toBeNull();
      await expect(mutex.acquire({ timeoutMs: 100 })).rejects.toThrow(AcquireTimeoutError);
    });
    const owner = {};
    await using lease = await mutex.acquire({ owner });
    expect(lease.isValid()).toBe(true);
    expect(await mutex.tryAcquire({ owner })).toBeNull();
  });

  test('it is a semaphore with one lease', async () => {
    await using client = await connected();
    await using lease = await new Semaphore(client, path, 1).acquire();
    expect(lease.isValid()).toBe(true);
    expect(await new SemaphoreMutex(client, path).tryAcquire()).toBeNull();
  });

  test.each([
    ['a relative path', 'locks', {}, 'SemaphoreMutex.path'],
    ['an unknown option', path, { leases: 2 }, 'SemaphoreMutex.options.leases'],
  ])('%s is refused by name', async (_, where, options, field) => {
    await using client = await connected();
    expect(() => new SemaphoreMutex(client, where, options as object)).toThrow(
      expect.objectContaining({ name: 'InvalidArgumentError', field }),
    );
  });
});
