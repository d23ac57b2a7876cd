import { AsyncResource } from 'node:async_hooks';
import { filter, firstValueFrom } from 'rxjs';
import { expect, test, vi } from 'vitest';
import { PerZnode } from '../../recipes/common/per-znode.ts';
import { findDeadlocks, hierarchicalLock, type Lease, Mutex, Queue, ReadWriteLock } from '../../recipes/index.ts';
import { type Client, LockUpgradeError, text } from '../../src/index.ts';
import { onEveryServer } from '../support/servers.ts';
import { Exclusion } from '../support/world.ts';

const path = '/locks/b';

async function queued(client: Client, count: number, at = path): Promise<void> {
  await firstValueFrom(client.children$(at).pipe(filter((children) => (children?.length ?? 0) === count)));
}

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** Holds for a few round trips, so that another would come in if it could. */
function entering(client: Client, exclusion: Exclusion): (lease: Lease) => Promise<void> {
  return (lease) => exclusion.enter(lease, async () => await client.sync('/'));
}

onEveryServer('Owners', (connected) => {
  test('what was begun in a run is nobody’s once the run is over', async () => {
    await using client = await connected();
    const exclusion = new Exclusion();
    const mutex = new Mutex(client, path);
    const task = () => mutex.run(entering(client, exclusion));
    const begun = await new Mutex(client, '/locks/a').run(() => AsyncResource.bind(task));
    await Promise.all([begun(), begun(), begun()]);
    // Of the lock of the run itself, too.
    const [one, other] = await mutex.run(() => [AsyncResource.bind(task), AsyncResource.bind(task)] as const);
    await Promise.all([one(), other()]);
    expect(exclusion.violations).toEqual([]);
    expect(exclusion.entries).toBe(5);
  });

  test('handlers of a consumer that was begun in a run exclude each other, during the run and after it', async () => {
    await using client = await connected();
    const queue = new Queue(client, '/queue', { codec: text });
    await queue.putAll(['a', 'b', 'c', 'd']);
    const exclusion = new Exclusion();
    const stop = new AbortController();
    const mutex = new Mutex(client, path);
    const enter = entering(client, exclusion);
    const handle = async () => {
      await mutex.run(enter);
      if (exclusion.entries === 4) stop.abort();
    };
    await new Mutex(client, '/locks/a').run(async () => {
      await queue.consume(handle, { concurrency: 4, signal: stop.signal }).catch(() => {});
    });
    expect(exclusion.violations).toEqual([]);
    expect(exclusion.entries).toBe(4);
  });

  test('siblings of one run exclude each other, by run and by acquire, and through two namespaces', async () => {
    await using client = await connected();
    const exclusion = new Exclusion();
    const enter = entering(client, exclusion);
    const mutexes = [new Mutex(client, path), new Mutex(client.usingNamespace('locks'), '/b')];
    await new Mutex(client, '/locks/a').run(async () => {
      const runs = mutexes.map((mutex) => mutex.run(enter));
      const holds = mutexes.map(async (mutex) => {
        await using lease = await mutex.acquire();
        await enter(lease);
      });
      await Promise.all([...runs, ...holds]);
    });
    expect(exclusion.violations).toEqual([]);
    expect(exclusion.entries).toBe(4);
  });

  test('a call enters again what any run around it holds, by whatever name', async () => {
    await using client = await connected();
    const names = [
      () => new Mutex(client, path),
      () => new Mutex(client.usingNamespace('locks'), '/b'),
      () => new Mutex(client.usingNamespace('locks').usingNamespace('locks'), '/b'),
    ];
    for (const outer of names) {
      for (const inner of names) {
        const between = new Mutex(client, '/locks/between');
        const same = await outer().run((held) => between.run(() => inner().run((lease) => lease.path.endsWith(held.path.slice(-20)))));
        expect(same).toBe(true);
      }
    }
    expect(await client.children(path)).toEqual([]);
  });

  test('whoever entered again holds after the run around it is over, and may enter again itself', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path);
    const { opened, open } = gate();
    const left = await mutex.run((outer) => ({
      inner: mutex.run(async (lease) => {
        await opened;
        expect(await mutex.run((again) => again.token)).toBe(outer.token);
        return lease.isValid();
      }),
    }));
    expect(await mutex.tryAcquire()).toBeNull();
    open();
    expect(await left.inner).toBe(true);
    await (await mutex.acquire()).release();
  });

  test('an owner that was passed enters again what it holds, and nothing that a run around the call holds', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path);
    const owner = {};
    await mutex.run(
      async (lease) => {
        const again = await mutex.tryAcquire({ owner });
        expect(again?.token).toBe(lease.token);
        await again?.release();
        expect(await mutex.run(({ token }) => token)).toBe(lease.token);
        expect(await mutex.tryAcquire({ owner: {} })).toBeNull();
      },
      { owner },
    );
  });

  test('an owner has given back once its own leases are, whoever holds on', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path);
    const owner = {};
    const { opened, open } = gate();
    const { inner } = await mutex.run(() => ({ inner: mutex.run(() => opened) }), { owner });
    expect(await mutex.tryAcquire({ owner })).toBeNull();
    open();
    await inner;
  });

  test('tryAcquire does not wait for its own owner, on either side of a lock', async () => {
    await using client = await connected();
    const owner = {};
    const mutex = new Mutex(client, path);
    const first = await mutex.acquire();
    const waiting = mutex.acquire({ owner });
    await queued(client, 2);
    expect(await mutex.tryAcquire({ owner })).toBeNull();
    await first.release();
    await (await waiting).release();

    const lock = new ReadWriteLock(client, '/locks/rw');
    const reader = await lock.read.acquire();
    const writing = lock.write.acquire({ owner });
    await queued(client, 2, '/locks/rw');
    expect(await lock.write.tryAcquire({ owner })).toBeNull();
    expect(await lock.read.tryAcquire({ owner })).toBeNull();
    await reader.release();
    await (await writing).release();
  });

  test('an owner’s tryAcquire at the same time as another of its own shares the hold', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path);
    const owner = {};
    const leases = await Promise.all([mutex.tryAcquire({ owner }), mutex.tryAcquire({ owner })]);
    expect(leases.map((lease) => lease?.isValid())).toEqual([true, true]);
    expect(leases[0]?.token).toBe(leases[1]?.token);
    for (const lease of leases) await lease?.release();
    expect(await client.children(path)).toEqual([]);
  });

  test('writing within reading is refused by whatever name; beside it, it waits', async () => {
    await using client = await connected();
    const [plain, named] = [new ReadWriteLock(client, '/locks/rw'), new ReadWriteLock(client.usingNamespace('locks'), '/rw')];
    for (const [outer, inner] of [
      [plain, named],
      [named, plain],
    ] as const) {
      await outer.read.run(async () => {
        await expect(inner.write.run(() => {})).rejects.toThrow(LockUpgradeError);
        await expect(inner.write.tryAcquire()).rejects.toThrow(LockUpgradeError);
      });
      await outer.write.run(() => inner.read.run(() => {}));
    }
    let readers = 0;
    const read = async () => {
      readers += 1;
      await client.sync('/');
      readers -= 1;
    };
    await new Mutex(client, path).run(() => Promise.all([plain.read.run(read), named.write.run(() => expect(readers).toBe(0))]));
  });

  test('a tree of locks is entered again below what is held, by whatever name', async () => {
    await using client = await connected();
    const inner = hierarchicalLock(client.usingNamespace('trees'), '/files', '/reports/2026');
    expect(await hierarchicalLock(client, '/trees/files', '/reports').run(() => inner.run(() => 'inside'))).toBe('inside');
  });

  test('what one task holds and waits for is seen to belong together; tasks beside each other are kept apart', async () => {
    await using client = await connected();
    const [a, b] = [new Mutex(client, '/locks/a'), new Mutex(client, '/locks/b')];
    const { opened, open } = gate();
    const [both, stop] = [gate(), new AbortController()];
    let holders = 0;
    const across = (outer: Mutex, inner: Mutex) =>
      outer.run(async () => {
        holders += 1;
        if (holders === 2) both.open();
        await both.opened;
        await inner.run(() => {}, { signal: stop.signal });
      });
    const circle = Promise.allSettled([across(a, b), across(b, a)]);
    await Promise.all([queued(client, 2, '/locks/a'), queued(client, 2, '/locks/b')]);
    expect(await findDeadlocks(client, '/locks')).toHaveLength(1);
    stop.abort();
    await circle;

    const beside = a.run(() => Promise.all([b.run(() => opened), b.run(() => {})]));
    await queued(client, 2, '/locks/b');
    expect(await findDeadlocks(client, '/locks')).toEqual([]);
    open();
    await beside;
  });

  const broken: readonly (readonly [string, (position: number) => unknown])[] = [
    [
      'throws',
      () => {
        throw new Error('metrics are down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('metrics are down'))],
  ];
  test.each(broken)('an onQueued that %s ends its own call with that error, and leaves nothing', async (_, onQueued) => {
    await using client = await connected();
    for (const handoff of [undefined, { max: 3 }]) {
      const mutex = new Mutex(client, path, { handoff });
      const held = await mutex.acquire();
      await expect(mutex.acquire({ onQueued })).rejects.toThrow('metrics are down');
      await queued(client, 1);
      await held.release();
      await (await mutex.acquire()).release();
      await queued(client, 0);
    }
  });

  test('nothing is kept of locks that nobody wants any more', async () => {
    await using client = await connected();
    let shares = 0;
    const { share } = PerZnode.prototype;
    using spy = vi.spyOn(PerZnode.prototype, 'share').mockImplementation(function counted(this: PerZnode<unknown>, key, make) {
      const given = share.call(this, key, make);
      let isOver = false;
      shares += 1;
      const dispose = () => {
        if (!isOver) shares -= 1;
        isOver = true;
        given[Symbol.dispose]();
      };
      return { value: given.value, [Symbol.dispose]: dispose };
    });
    for (const handoff of [undefined, { max: 1 }]) {
      const mutex = new Mutex(client, path, { handoff });
      await Promise.all([1, 2, 3].map(() => mutex.run(() => mutex.run(() => {}))));
      await using held = await mutex.acquire({ owner: {} });
      expect(await mutex.tryAcquire({ owner: {} })).toBeNull();
      await expect(mutex.acquire({ owner: {}, timeoutMs: 20 })).rejects.toThrow();
      await expect(mutex.acquire({ owner: {}, signal: AbortSignal.abort() })).rejects.toThrow();
      await held.release();
    }
    expect(spy).toHaveBeenCalled();
    expect(shares).toBe(0);
  });
});
