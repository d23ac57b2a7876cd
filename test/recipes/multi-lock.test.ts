import { firstValueFrom, lastValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { type Lockable, MultiLock, Mutex, ReadWriteLock, Semaphore, SemaphoreMutex } from '../../recipes/index.ts';
import { AcquireTimeoutError, type Client, InvalidArgumentError, LeaseLostError } from '../../src/index.ts';
import { onEveryServer } from '../support/servers.ts';

const [alice, bob, pool] = ['/accounts/alice', '/accounts/bob', '/pools/transfers'];

/** Two mutexes and a semaphore, in no order. */
function locksOf(client: Client): readonly Lockable[] {
  return [new Semaphore(client, pool, 1), new Mutex(client, bob), new Mutex(client, alice)];
}

async function expectNothingLeft(client: Client): Promise<void> {
  await client.sync('/');
  for (const path of [alice, bob, `${pool}/leases`, `${pool}/locks`]) {
    if ((await client.exists(path)) !== null) expect(await client.children(path), path).toEqual([]);
  }
}

onEveryServer('MultiLock', (connected) => {
  test('all are held under one lease, in the order of their paths, and all are given back', async () => {
    await using client = await connected();
    const lease = await new MultiLock(client, locksOf(client)).acquire();
    expect(lease.znodes.map(({ path }) => path)).toEqual([
      expect.stringContaining(alice),
      expect.stringContaining(bob),
      expect.stringContaining(pool),
    ]);
    expect(lease.token).toBe(lease.znodes[0].token);
    for (const lock of locksOf(client)) expect(await lock.tryAcquire()).toBeNull();
    await Promise.all([lease.release(), lease.release()]);
    expect(lease.isValid()).toBe(false);
    await expectNothingLeft(client);
  });

  test('one order holds for all kinds of locks by any name: that of their whole paths', async () => {
    await using client = await connected();
    const zoo = client.usingNamespace('zoo');
    const lock = new MultiLock(client, [
      new Mutex(zoo, '/e'),
      new SemaphoreMutex(zoo, '/d'),
      new ReadWriteLock(zoo, '/b').read,
      new Semaphore(client, '/zoo/c', 1),
      new Mutex(client, '/zoo/a'),
      new Mutex(client, '/f'),
    ]);
    const lease = await lock.acquire();
    const tokens = lease.znodes.map(({ token }) => token);
    expect(tokens).toEqual(tokens.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(lease.znodes.map(({ path }) => path.replace(/^.zoo/, '')[1])).toEqual(['f', 'a', 'b', 'c', 'd', 'e']);
    await lease.release();
  });

  test('one name in two namespaces is two locks; one lock by two names is refused', async () => {
    await using client = await connected();
    const locks = ['x', 'y'].map((tenant) => new Mutex(client.usingNamespace(tenant), '/a'));
    const lease = await new MultiLock(client, locks).acquire();
    for (const lock of locks) expect(await lock.tryAcquire()).toBeNull();
    await lease.release();
    expect(() => new MultiLock(client, [...locks, new Mutex(client, '/x/a')])).toThrow(InvalidArgumentError);
  });

  test('if one is not free, tryAcquire gives null and holds none', async () => {
    await using client = await connected();
    const held = await new Semaphore(client, pool, 1).acquire();
    expect(await new MultiLock(client, locksOf(client)).tryAcquire()).toBeNull();
    await held.release();
    await expectNothingLeft(client);
  });

  test('many that take the same locks in different orders all get their turn', async () => {
    await using one = await connected();
    await using other = await connected(one);
    let inside = 0;
    const turns = Array.from({ length: 12 }, async (_, index) => {
      const client = index % 2 === 0 ? one : other;
      const locks = locksOf(client);
      await new MultiLock(client, index % 3 === 0 ? locks.toReversed() : locks).run(async (lease) => {
        inside += 1;
        expect(inside).toBe(1);
        expect(lease.isValid()).toBe(true);
        await client.sync('/');
        inside -= 1;
      });
    });
    await Promise.all(turns);
    await expectNothingLeft(one);
  });

  test('one deadline bounds all waits, and what was taken by then is given back', async () => {
    await using client = await connected();
    const held = await new Mutex(client, bob).acquire();
    const late = new MultiLock(client, locksOf(client)).acquire({ timeoutMs: 100 });
    await expect(late).rejects.toBeInstanceOf(AcquireTimeoutError);
    await expect(late).rejects.toMatchObject({ path: `${alice}, ${bob}, ${pool}`, timeoutMs: 100 });
    await held.release();
    await expectNothingLeft(client);
  });

  test('one that is lost while others are waited for ends the wait', async () => {
    await using client = await connected();
    await using doomed = await connected(client);
    const held = await new Mutex(client, bob).acquire();
    const failing = expect(
      new MultiLock(client, [new Mutex(doomed, alice), new Mutex(client, bob)]).acquire({ onQueued: () => void doomed.close() }),
    ).rejects.toBeInstanceOf(LeaseLostError);
    await failing;
    await client.sync('/');
    expect(await client.children(bob)).toHaveLength(1);
    await held.release();
  });

  test('the loss of one is the loss of all', async () => {
    await using client = await connected();
    await using doomed = await connected(client);
    const lease = await new MultiLock(client, [new Mutex(doomed, alice), new Mutex(client, bob)]).acquire();
    await doomed.close();
    expect(lease.isValid()).toBe(false);
    expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
    expect(await lastValueFrom(lease.state$)).toMatchObject({ kind: 'lost' });
    await lease.release();
    await expectNothingLeft(client);
  });

  test('an owner that holds one of them enters it again', async () => {
    await using client = await connected();
    await new Mutex(client, bob).run(async (outer) => {
      await new MultiLock(client, [new Mutex(client, alice), new Mutex(client, bob)]).run(async (lease) => {
        expect(lease.znodes[1]?.path).toBe(outer.path);
        await new Mutex(client, alice).run((inner) => expect(inner.path).toBe(lease.path));
      });
      expect(outer.isValid()).toBe(true);
    });
    await expectNothingLeft(client);
  });

  test('of a MultiLock in a MultiLock the locks are put in order with the others', async () => {
    await using client = await connected();
    const inner = new MultiLock(client, [new Mutex(client, bob), new Semaphore(client, pool, 1)]);
    expect(new MultiLock(client, [inner, new Mutex(client, alice)]).path).toBe(`${alice}, ${bob}, ${pool}`);
  });

  test('unsubscribing from held$ at any moment leaves nothing', async () => {
    await using client = await connected();
    const lock = new MultiLock(client, locksOf(client));
    await firstValueFrom(lock.held$());
    for (let ticks = 0; ticks < 12; ticks += 1) {
      const subscription = lock.held$().subscribe();
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      subscription.unsubscribe();
      await using next = await lock.acquire({ timeoutMs: 20_000 });
      expect(next.isValid()).toBe(true);
    }
    await expectNothingLeft(client);
  });

  test('of no locks, and of two with one path, none is made', async () => {
    await using client = await connected();
    const refused = (locks: readonly Lockable[]) => () => new MultiLock(client, locks);
    const error = expect.objectContaining({ name: 'InvalidArgumentError', field: 'MultiLock.locks' });
    expect(refused([])).toThrow(error);
    expect(refused([new Mutex(client, alice), new Semaphore(client, alice, 2)])).toThrow(error);
    expect(await client.exists(alice)).toBeNull();
  });
});
