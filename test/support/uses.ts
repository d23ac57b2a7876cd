import { firstValueFrom, timeout } from 'rxjs';
import { expect } from 'vitest';
import { z } from 'zod';
import {
  AtomicLong,
  AtomicValue,
  Barrier,
  CachedAtomicLong,
  ChildrenCache,
  Config,
  DelayQueue,
  DoubleBarrier,
  Group,
  GroupMember,
  hierarchicalLock,
  IdQueue,
  type ItemQueue,
  LeaderLatch,
  LeaderSchedule,
  LeaderSelector,
  MultiLock,
  Mutex,
  NodeCache,
  Partitioner,
  PriorityQueue,
  Queue,
  ReadWriteLock,
  Semaphore,
  SemaphoreMutex,
  ServiceCatalog,
  ServiceRegistry,
  SharedCount,
  SharedValue,
  SimpleQueue,
  Topic,
  TreeCache,
} from '../../recipes/index.ts';
import { type Client, int64, text } from '../../src/index.ts';

const patience = { timeoutMs: 10_000 };

/** A short and complete use of each recipe at one path: it resolves when the recipe has done what it is for, and has let go of all that it held. */
export const uses: Readonly<Record<string, (client: Client, path: string) => Promise<void>>> = {
  Mutex: (client, path) => new Mutex(client, path).run(() => {}, patience),
  'Mutex with hand-off': async (client, path) => {
    const mutex = new Mutex(client, path, { handoff: { max: 10 } });
    await Promise.all([1, 2, 3].map(() => mutex.run(() => {}, { ...patience, owner: {} })));
  },
  ReadWriteLock: async (client, path) => {
    const lock = new ReadWriteLock(client, path);
    await lock.write.run(() => lock.read.run(() => {}, patience), patience);
  },
  SemaphoreMutex: (client, path) => new SemaphoreMutex(client, path).run(() => {}, patience),
  Semaphore: (client, path) => new Semaphore(client, path, 2).run(() => {}, patience),
  MultiLock: (client, path) => new MultiLock(client, [new Mutex(client, path)]).run(() => {}, patience),
  hierarchicalLock: (client, path) => hierarchicalLock(client, path, '/eu/orders').run(() => {}, patience),
  LeaderLatch: async (client, path) => {
    const latch = new LeaderLatch(client, path);
    await latch.acquire(patience);
    await latch.close();
  },
  LeaderSelector: (client, path) => new LeaderSelector(client, path).run(() => {}),
  LeaderSchedule: async (client, path) => {
    const schedule = new LeaderSchedule(client, path, { jobs: { often: { everyMs: 10, work: () => {} } } });
    await firstValueFrom(schedule.running$().pipe(timeout(patience.timeoutMs)));
  },
  Barrier: async (client, path) => {
    const barrier = new Barrier(client, path);
    await barrier.set();
    const waiting = barrier.waitOn(patience);
    await barrier.remove();
    await waiting;
  },
  DoubleBarrier: async (client, path) => {
    await Promise.all([1, 2].map(() => new DoubleBarrier(client, path, 2).run(() => {}, patience)));
  },
  AtomicLong: async (client, path) => {
    await new AtomicLong(client, path).forceSet(0);
    expect(await new AtomicLong(client, path).increment()).toMatchObject({ after: 1 });
  },
  CachedAtomicLong: async (client, path) => {
    await new AtomicLong(client, path).forceSet(0);
    await new CachedAtomicLong(client, path, { block: 10 }).next();
  },
  AtomicValue: async (client, path) => {
    await new AtomicValue(client, path, { codec: int64 }).forceSet(7n);
  },
  SharedCount: async (client, path) => {
    const count = new SharedCount(client, path, { seed: 3 });
    await count.set(5, patience);
    expect((await count.get()).value).toBe(5);
  },
  SharedValue: async (client, path) => {
    await new SharedValue(client, path, { codec: text, seed: '' }).set('x', patience);
  },
  Queue: (client, path) => passOne(new Queue(client, path, { codec: text }), {}),
  PriorityQueue: (client, path) => passOne(new PriorityQueue(client, path, { codec: text }), { priority: 3 }),
  DelayQueue: (client, path) => passOne(new DelayQueue(client, path, { codec: text }), { delayMs: 1 }),
  IdQueue: (client, path) => passOne(new IdQueue(client, path, { codec: text }), { id: 'a' }),
  SimpleQueue: async (client, path) => {
    const queue = new SimpleQueue(client, path, { codec: text });
    await queue.offer('item', patience);
    expect(await queue.take(patience)).toBe('item');
  },
  NodeCache: async (client, path) => {
    const cache = new NodeCache(client, path);
    await cache.start(patience);
    await cache.close();
  },
  ChildrenCache: async (client, path) => {
    const cache = new ChildrenCache(client, path);
    await cache.start(patience);
    await cache.close();
  },
  TreeCache: async (client, path) => {
    const cache = new TreeCache(client, path);
    await cache.start(patience);
    await cache.close();
  },
  GroupMember: async (client, path) => {
    await new GroupMember(client, path, 'me').run(async () => {
      expect([...(await new Group(client, path).members(patience)).keys()]).toContain('me');
    }, patience);
  },
  Partitioner: async (client, path) => {
    const partitioner = new Partitioner(client, path, ['a', 'b']);
    const all = firstValueFrom(partitioner.owned$.pipe(timeout(patience.timeoutMs)));
    partitioner.start();
    await all;
    await partitioner.close();
  },
  ServiceRegistry: async (client, path) => {
    const registration = await new ServiceRegistry(client, path).register({ name: 'orders', address: '127.0.0.1', port: 1 }, patience);
    expect(await new ServiceCatalog(client, path).instances('orders')).toHaveLength(1);
    await registration.unregister();
  },
  Config: async (client, path) => {
    const config = new Config(client, path, z.number(), { defaults: 0 });
    await config.start(patience);
    expect(await config.update((value) => value + 1, patience)).toBeGreaterThan(0);
    await config.close();
  },
  Topic: async (client, path) => {
    await new Topic(client, path, text).publish('hello', patience);
  },
};

async function passOne<Placement extends object>(queue: ItemQueue<string, Placement>, placement: Placement): Promise<void> {
  await queue.put('item', { ...patience, ...placement });
  const delivery = await queue.receive(patience);
  expect(delivery.item).toBe('item');
  await delivery.ack();
}
