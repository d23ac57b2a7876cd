import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import {
  AtomicLong,
  CachedAtomicLong,
  type Lease,
  type Lockable,
  Mutex,
  ReadWriteLock,
  Semaphore,
  SharedCount,
} from '../../recipes/index.ts';
import type { ServedRequest } from '../../src/embedded/index.ts';
import type { Client } from '../../src/index.ts';
import { World } from '../support/world.ts';

const path = '/locks/counted';
const mayStay = ['/locks', path];

function record(world: World): ServedRequest['operation'][] {
  const served: ServedRequest['operation'][] = [];
  world.server.requests$.subscribe(({ operation }) => served.push(operation));
  return served;
}

const locks = {
  mutex: (client) => new Mutex(client, path),
  'mutex with handoff': (client) => new Mutex(client, path, { handoff: { max: 5 } }),
  'read lock': (client) => new ReadWriteLock(client, path).read,
  'write lock': (client) => new ReadWriteLock(client, path).write,
} as const satisfies Record<string, (client: Client) => Lockable>;

type Kind = keyof typeof locks;

test.each(Object.entries(locks))('a free %s costs two requests in one flight to acquire and one to release', async (_, lockOf) => {
  await using world = await World.start(mayStay);
  const lock = lockOf(await world.client());
  await (await lock.acquire()).release();
  const served = record(world);

  // A client that awaited the first reply could not have sent the second request before the server's present turn of the event loop ends.
  const inOneFlight = firstValueFrom(world.server.requests$).then(async () => {
    await new Promise(setImmediate);
    return [...served];
  });
  const acquiring = lock.acquire();
  expect(await inOneFlight).toEqual(['create2', 'getChildren']);
  const lease = await acquiring;
  await lease.release();
  expect(served).toEqual(['create2', 'getChildren', 'delete']);
});

test('a release and the next acquire leave together', async () => {
  await using world = await World.start(mayStay);
  const mutex = new Mutex(await world.client(), path);
  const first = await mutex.acquire();
  const served = record(world);
  const releasing = first.release();
  const second = await mutex.acquire();
  expect(served).toEqual(['delete', 'create2', 'getChildren']);
  await Promise.all([releasing, second.release()]);
});

test('a lock that is passed on within a process costs no request', async () => {
  await using world = await World.start(mayStay);
  const mutex = new Mutex(await world.client(), path, { handoff: { max: 100 } });
  const first = await mutex.acquire();
  const turns = Array.from({ length: 100 }, () => mutex.run(() => {}));
  const served = record(world);
  await first.release();
  await Promise.all(turns);
  expect(served).toEqual(['delete']);
});

test('a writer that reads on costs one request to take the read lock', async () => {
  await using world = await World.start(mayStay);
  const lock = new ReadWriteLock(await world.client(), path);
  await lock.write.run(async () => {
    const served = record(world);
    await lock.read.run(() => {});
    expect(served).toEqual(['create2', 'delete']);
  });
});

test.each<[Kind, Kind]>([
  ['mutex', 'mutex'],
  ['read lock', 'write lock'],
  ['write lock', 'read lock'],
  ['write lock', 'write lock'],
])('handing a %s over to whoever waits for a %s costs one watch event and one listing', async (held, wanted) => {
  await using world = await World.start(mayStay);
  const [one, other] = [await world.client(), await world.client()];
  const holder = await locks[held](one).acquire();
  let waiting: Promise<Lease> | undefined;
  await new Promise<number>((onQueued) => {
    waiting = locks[wanted](other).acquire({ onQueued });
  });
  await other.sync(path);
  const served = record(world);
  await holder.release();
  const lease = await waiting;
  expect(served).toEqual(['delete', 'getChildren']);
  await lease?.release();
});

test.each<[Kind, Kind]>([
  ['mutex', 'mutex'],
  ['write lock', 'write lock'],
  ['read lock', 'write lock'],
])('with 1,000 waiters, a release wakes exactly one: a %s, while all want a %s', { timeout: 60_000 }, async (held, wanted) => {
  await using world = await World.start(mayStay);
  // Lining up all of them at once keeps client and server, which are one process here, busy for longer than usual sessions may be silent.
  const options = { sessionTimeoutMs: 40_000 };
  const [one, many] = [await world.client(options), await world.client(options)];
  const holder = await locks[held](one).acquire();
  const giveUp = new AbortController();
  const waiting = Array.from({ length: 1_000 }, () => locks[wanted](many).acquire({ signal: giveUp.signal }));
  const settled = Promise.allSettled(waiting);
  await many.sync(path);
  await many.sync(path);
  const served = record(world);
  await holder.release();
  const lease = await Promise.race(waiting);
  await many.sync(path);
  expect(served.filter((operation) => operation === 'getChildren')).toHaveLength(1);
  giveUp.abort(new Error('enough'));
  await settled;
  await lease.release();
});

const pool = '/pools/counted';
const poolMayStay = ['/pools', pool, `${pool}/leases`, `${pool}/locks`];

test.each([
  [1, ['create2', 'getChildren', 'getChildren']],
  [3, ['create2', 'create2', 'create2', 'getChildren', 'getChildren']],
])('%i free leases of a semaphore cost one flight to acquire and one to release', async (permits, acquiring) => {
  await using world = await World.start(poolMayStay);
  const semaphore = new Semaphore(await world.client(), pool, 5);
  await semaphore.run(() => {});
  const served = record(world);
  const inOneFlight = firstValueFrom(world.server.requests$).then(async () => {
    await new Promise(setImmediate);
    return [...served];
  });
  const lease = semaphore.acquire({ permits });
  expect(await inOneFlight).toEqual(acquiring);
  await (await lease).release();
  expect(served).toEqual([...acquiring, ...Array.from({ length: permits }, () => 'delete')]);
});

test('while 20 contenders of one session crowd around 5 leases, each lease costs 6 requests', async () => {
  await using world = await World.start(poolMayStay);
  const client = await world.client();
  const counted = { from: 100, to: 300 };
  let entries = 0;
  const requests: number[] = [];
  const contend = async (semaphore: Semaphore) => {
    // They stop some time after the count has ended, since the last of all find it free.
    while (entries < counted.to + 100) {
      await semaphore.run(() => {
        entries += 1;
        if (entries === counted.from || entries === counted.to) requests.push(world.server.requestCount);
      });
    }
  };
  await Promise.all(Array.from({ length: 20 }, () => contend(new Semaphore(client, pool, 5))));
  const [first = 0, last = 0] = requests;
  expect((last - first) / (counted.to - counted.from)).toBeLessThanOrEqual(6);
});

test('with 100 in line, of 4 other sessions, a lease that is given back wakes the first, which wakes the second', async () => {
  await using world = await World.start(poolMayStay);
  const holder = await world.client();
  const others = await Promise.all(Array.from({ length: 4 }, () => world.client()));
  const held = await new Semaphore(holder, pool, 1).acquire();
  const giveUp = new AbortController();
  const waiting = others.flatMap((client) =>
    Array.from({ length: 25 }, () => new Semaphore(client, pool, 1).acquire({ signal: giveUp.signal })),
  );
  const settled = Promise.allSettled(waiting);
  await firstValueFrom(holder.children$(`${pool}/locks`).pipe(filter((children) => children?.length === 100)));
  for (const client of others) await client.sync(pool);
  const served = record(world);
  await held.release();
  const lease = await Promise.race(waiting);
  for (const client of others) await client.sync(pool);
  // The first: looks, and leaves the line. The second: looks for itself in line, makes its lease, looks, and watches.
  expect(served.filter((operation) => operation !== 'sync').length).toBeLessThanOrEqual(12);
  giveUp.abort(new Error('enough'));
  await settled;
  await lease.release();
});

const counterPath = '/counters/counted';

test('a change of a counter costs one request while nobody else changes it, and three when somebody has', async () => {
  await using world = await World.start(['/counters']);
  const [client, other] = [await world.client(), await world.client()];
  const counter = new AtomicLong(client, counterPath);
  await counter.increment();
  const served = record(world);
  await counter.increment();
  await counter.update((value) => value * 2);
  await counter.compareAndSet(4, 5);
  expect(served).toEqual(['setData', 'setData', 'setData']);
  await new AtomicLong(other, counterPath).forceSet(1);
  served.length = 0;
  expect(await counter.increment()).toMatchObject({ after: 2, attempts: 2 });
  expect(served).toEqual(['setData', 'getData', 'setData']);
  await client.delete(counterPath);
});

test('ten callers at a time cost a tenth of a request each', async () => {
  await using world = await World.start(['/counters']);
  const client = await world.client();
  await new AtomicLong(client, counterPath).increment();
  const before = world.server.requestCount;
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      const counter = new AtomicLong(client, counterPath);
      for (let turn = 0; turn < 50; turn += 1) await counter.increment();
    }),
  );
  expect((world.server.requestCount - before) / 500).toBeLessThanOrEqual(0.11);
  await client.delete(counterPath);
});

test('a hundred numbers of a block cost one request', async () => {
  await using world = await World.start(['/counters']);
  const client = await world.client();
  await new AtomicLong(client, counterPath).increment();
  const ids = new CachedAtomicLong(client, counterPath, { block: 100 });
  const before = world.server.requestCount;
  for (let id = 2; id <= 201; id += 1) expect(await ids.next()).toBe(id);
  expect(world.server.requestCount - before).toBe(2);
  await client.delete(counterPath);
});

test('a shared count costs one request to get, to set, and to set on a condition', async () => {
  await using world = await World.start(['/counters']);
  const client = await world.client();
  const count = new SharedCount(client, counterPath);
  const served = record(world);
  await count.get();
  expect(served.splice(0)).toEqual(['getData', 'create2', 'createContainer', 'create2', 'getData']);
  await count.trySet(await count.set(1), 2);
  await count.get();
  expect(served).toEqual(['setData', 'setData', 'getData']);
  await client.delete(counterPath);
});
