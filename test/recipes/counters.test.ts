import { expect, test } from 'vitest';
import { z } from 'zod';
import { AtomicLong, AtomicValue, CachedAtomicLong, Mutex, SharedCount, SharedValue } from '../../recipes/index.ts';
import {
  type Client,
  CounterOverflowError,
  InvalidArgumentError,
  int32,
  json,
  MalformedDataError,
  none,
  text,
  ZnodeReplacedError,
} from '../../src/index.ts';
import { CounterHistory } from '../support/counter-history.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { onEveryServer } from '../support/servers.ts';

const path = '/counters/orders';

const int64 = (value: bigint) => {
  const data = Buffer.alloc(8);
  data.writeBigInt64BE(value);
  return data;
};

/** As a caller without types would. */
const untyped = (value: unknown) => value as never;

onEveryServer('AtomicLong', (connected) => {
  test('each change tells what was before and after it, and a counter that is not there is 0', async () => {
    await using client = await connected();
    const counter = new AtomicLong(client, path);
    expect(await counter.get()).toBe(0);
    expect(await counter.increment()).toEqual({ before: 0, after: 1, attempts: 1 });
    expect(await counter.add(41)).toEqual({ before: 1, after: 42, attempts: 1 });
    expect(await counter.subtract(50)).toEqual({ before: 42, after: -8, attempts: 1 });
    expect(await counter.decrement()).toEqual({ before: -8, after: -9, attempts: 1 });
    expect(await counter.update((value) => value * 2)).toEqual({ before: -9, after: -18, attempts: 1 });
    expect(await counter.trySet(7)).toEqual({ before: -18, after: 7, attempts: 1 });
    await counter.forceSet(8);
    expect(await counter.increment()).toEqual({ before: 8, after: 9, attempts: 1 });
    expect((await client.get(path)).data).toEqual(int64(9n));
    expect(await counter.get({ sync: true })).toBe(9);
  });

  test('it is set on a condition only if the condition holds', async () => {
    await using client = await connected();
    const counter = new AtomicLong(client, path);
    // As in Curator, what is not there is not 0.
    expect(await counter.compareAndSet(0, 1)).toEqual({ succeeded: false, before: 0, after: 0, attempts: 1 });
    expect(await counter.initialize(5)).toEqual({ succeeded: true, before: 0, after: 5, attempts: 1 });
    expect(await counter.initialize(6)).toEqual({ succeeded: false, before: 5, after: 5, attempts: 1 });
    expect(await counter.compareAndSet(4, 7)).toEqual({ succeeded: false, before: 5, after: 5, attempts: 1 });
    expect(await counter.compareAndSet(5, 7)).toEqual({ succeeded: true, before: 5, after: 7, attempts: 1 });
  });

  test('what is known from before is not trusted where a condition fails', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const counter = new AtomicLong(one, path);
    await counter.add(5);
    await new AtomicLong(other, path).add(5);
    expect(await counter.compareAndSet(10, 11)).toMatchObject({ succeeded: true, before: 10 });
    await new AtomicLong(other, path).add(-11);
    const spend = (balance: number) => {
      if (balance < 5) throw new RangeError('not enough');
      return balance - 5;
    };
    await expect(counter.update(spend)).rejects.toThrow('not enough');
    await new AtomicLong(other, path).add(5);
    expect(await counter.update(spend)).toMatchObject({ before: 5, after: 0 });
  });

  test('changes that are called for together travel together, and each sees those before it', async () => {
    await using client = await connected();
    const counter = new AtomicLong(client, path);
    await counter.forceSet(100);
    const { version } = (await client.get(path)).stat;
    // Another instance of the same client's counter takes part.
    const again = new AtomicLong(client, path);
    const outcomes = await Promise.allSettled([
      counter.increment(),
      again.add(10),
      counter.compareAndSet(111, 200),
      counter.compareAndSet(111, 300),
      again.update(() => {
        throw new RangeError('no');
      }),
      counter.subtract(100),
    ]);
    expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason)))).toEqual([
      { before: 100, after: 101, attempts: 1 },
      { before: 101, after: 111, attempts: 1 },
      { before: 111, after: 200, attempts: 1, succeeded: true },
      { before: 200, after: 200, attempts: 1, succeeded: false },
      'RangeError: no',
      { before: 200, after: 100, attempts: 1 },
    ]);
    expect((await client.get(path)).stat.version).toBe(version + 1);
  });

  test('what callers of several sessions are told could have happened one after the other', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const history = new CounterHistory();
    const callers = [one, one, one, other, other, other].map(async (client, index) => {
      const counter = new AtomicLong(client, path);
      for (let turn = 0; turn < 20; turn += 1) await history.record(() => counter.add(1 + ((index + turn) % 3)));
    });
    await Promise.all(callers);
    expect(history.length).toBe(120);
    expect(history.anomalies()).toEqual([]);
    expect(await new AtomicLong(one, path).get({ sync: true })).toBe(240);
  });

  test('under the lock, many sessions get through however few attempts they have without it', async () => {
    await using first = await connected();
    const clients = [first, await connected(first), await connected(first)];
    const counters = clients.map((client) => new AtomicLong(client, path, { retry: none, lock: new Mutex(client, `${path}-lock`) }));
    const history = new CounterHistory();
    await Promise.all(
      counters.map(async (counter) => {
        for (let turn = 0; turn < 10; turn += 1) await history.record(() => counter.increment());
      }),
    );
    expect(history.anomalies()).toEqual([]);
    expect(await counters[0]?.get({ sync: true })).toBe(30);
    for (const client of clients) await client.close();
  });

  test('bigints reach as far as the znode does, numbers as far as they are exact, and neither goes beyond', async () => {
    await using client = await connected();
    const exact = new AtomicLong(client, path, { as: 'bigint' });
    const number = new AtomicLong(client, path);
    await exact.forceSet(2n ** 63n - 2n);
    const together = await Promise.allSettled([exact.increment(), exact.add(2n), exact.subtract(1n)]);
    expect(together.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(together[1]).toMatchObject({ reason: { name: 'CounterOverflowError', path, value: 2n ** 63n + 1n } });
    expect(await exact.get()).toBe(2n ** 63n - 2n);
    await expect(number.get()).rejects.toThrow(CounterOverflowError);
    await expect(number.increment()).rejects.toThrow(CounterOverflowError);
    await exact.forceSet(BigInt(Number.MAX_SAFE_INTEGER));
    await expect(number.increment()).rejects.toMatchObject({ name: 'CounterOverflowError', value: 2n ** 53n });
    expect(await number.decrement()).toMatchObject({ after: Number.MAX_SAFE_INTEGER - 1 });
  });

  test.each(['x', 'not a number', Buffer.alloc(9)])('a znode that is no counter (%o) is told, and can be mended', async (data) => {
    await using client = await connected();
    await client.create(path, data, { parents: true });
    const counter = new AtomicLong(client, path);
    await expect(counter.get()).rejects.toThrow(MalformedDataError);
    await expect(counter.increment()).rejects.toMatchObject({ name: 'MalformedDataError', path });
    expect((await client.get(path)).stat.version).toBe(0);
    await counter.forceSet(3);
    expect(await counter.increment()).toMatchObject({ before: 3, after: 4 });
  });

  test('a caller that gives up while others are under way is left out', async () => {
    await using client = await connected();
    const counter = new AtomicLong(client, path);
    const giveUp = new AbortController();
    const first = counter.add(1);
    await Promise.resolve();
    const late = counter.add(10, { signal: giveUp.signal });
    const last = counter.add(100);
    const reason = new Error('given up');
    giveUp.abort(reason);
    await expect(late).rejects.toBe(reason);
    expect((await first).after + (await last).after).toBe(102);
    expect(await counter.get()).toBe(101);
    await expect(counter.add(1, { signal: giveUp.signal })).rejects.toBe(reason);
  });

  test('a counter that is deleted begins at 0 again', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const counter = new AtomicLong(one, path);
    await counter.add(5);
    await other.delete(path);
    expect(await counter.add(1)).toMatchObject({ before: 0, after: 1 });
  });

  test('one that was deleted and made anew, changed as often, is noticed', async () => {
    // However long that takes, it is a moment ago.
    await using one = await connected(undefined, { clock: new ManualClock() });
    await using other = await connected(one);
    const counter = new AtomicLong(one, path);
    await counter.add(5);
    const { version } = (await one.get(path)).stat;
    await other.delete(path);
    await other.create(path, int64(70n));
    for (let change = 0; change < version; change += 1) await other.set(path, int64(70n));
    await expect(counter.add(1)).rejects.toThrow(ZnodeReplacedError);
  });

  test.each([
    ['a fraction', 0.5],
    ['more than is exact', 2 ** 53],
    ['a bigint', 1n],
    ['no number', Number.NaN],
  ])('%s is refused before anything is sent', async (_, amount) => {
    await using client = await connected();
    await expect(new AtomicLong(client, path).add(untyped(amount))).rejects.toMatchObject({
      name: 'InvalidArgumentError',
      field: 'AtomicLong.add.amount',
    });
    expect(await client.exists(path)).toBeNull();
  });

  test.each<[string, (client: Client) => unknown]>([
    ['AtomicLong.path', (client) => new AtomicLong(client, 'c')],
    ['AtomicLong.options.as', (client) => new AtomicLong(client, path, untyped({ as: 'string' }))],
    ['AtomicLong.options.retry', (client) => new AtomicLong(client, path, untyped({ retry: 3 }))],
    ['AtomicLong.options.lock', (client) => new AtomicLong(client, path, untyped({ lock: '/lock' }))],
    ['AtomicLong.options.seed', (client) => new AtomicLong(client, path, untyped({ seed: 3 }))],
    ['AtomicValue.options.codec', (client) => new AtomicValue(client, path, untyped({}))],
    ['CachedAtomicLong.options.block', (client) => new CachedAtomicLong(client, path, { block: 0 })],
    ['SharedValue.options.codec', (client) => new SharedValue(client, path, untyped({ codec: 'text', seed: '' }))],
    ['SharedValue.options.seed', (client) => new SharedValue(client, path, { codec: int32, seed: 0.5 })],
    ['SharedCount.options.seed', (client) => new SharedCount(client, path, { seed: 2 ** 31 })],
  ])('%s is checked when it is given', async (field, make) => {
    await using client = await connected();
    expect(() => make(client)).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field }));
  });

  test.each<[string, (client: Client) => Promise<unknown>]>([
    ['AtomicLong.add.timeoutMs', (client) => new AtomicLong(client, path).add(1, { timeoutMs: 0 })],
    ['AtomicLong.get.sync', (client) => new AtomicLong(client, path).get(untyped({ sync: 1 }))],
    ['AtomicLong.update.result', (client) => new AtomicLong(client, path).update(() => 0.5)],
    ['CachedAtomicLong.next.signal', (client) => new CachedAtomicLong(client, path).next(untyped({ signal: 1 }))],
    ['SharedValue.trySet.expected', (client) => new SharedCount(client, path).trySet(untyped(1), 2)],
  ])('%s is refused before anything is stored', async (field, call) => {
    await using client = await connected();
    await expect(call(client)).rejects.toMatchObject({ name: 'InvalidArgumentError', field });
    expect(await client.exists(path)).toBeNull();
  });
});

onEveryServer('AtomicValue', (connected) => {
  const codec = json(z.object({ n: z.number(), by: z.string() }));

  test('it is updated by many at a time without losing anything', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const values = [one, one, other].map((client) => new AtomicValue(client, path, { codec }));
    expect(await values[0]?.get()).toBeUndefined();
    await Promise.all(
      values.map(async (value, index) => {
        for (let turn = 0; turn < 10; turn += 1) await value.update((before) => ({ n: (before?.n ?? 0) + 1, by: `${index}` }));
      }),
    );
    expect(await values[0]?.get({ sync: true })).toMatchObject({ n: 30 });
  });

  test('no caller can change what another is given, or what the next change builds on', async () => {
    await using client = await connected();
    const lists = new AtomicValue(client, path, { codec: json(z.array(z.number())) });
    const given = await lists.trySet([1]);
    given.after.push(2);
    const spoiling = lists.update((before = []) => {
      before.push(3);
      throw new Error('given up');
    });
    const [spoilt, changed] = await Promise.allSettled([spoiling, lists.update((before = []) => [...before, 4])]);
    expect(spoilt.status).toBe('rejected');
    expect(changed).toMatchObject({ value: { before: [1], after: [1, 4] } });
    await lists.update((before = []) => {
      before.push(5);
      return before;
    });
    expect(await lists.get()).toEqual([1, 4, 5]);
  });

  test('conditions go by what the codec writes', async () => {
    await using client = await connected();
    const value = new AtomicValue(client, path, { codec });
    const [one, two] = [
      { n: 1, by: 'a' },
      { n: 2, by: 'b' },
    ];
    expect(await value.compareAndSet(one, two)).toEqual({ succeeded: false, before: undefined, after: undefined, attempts: 1 });
    expect(await value.initialize(one)).toEqual({ succeeded: true, before: undefined, after: one, attempts: 1 });
    expect(await value.initialize(two)).toMatchObject({ succeeded: false, before: one });
    expect(await value.compareAndSet({ by: 'a', n: 1 }, two)).toEqual({ succeeded: true, before: one, after: two, attempts: 1 });
    expect(await value.trySet(one)).toEqual({ before: two, after: one, attempts: 1 });
    await value.forceSet(two);
    expect(await value.get()).toEqual(two);
  });

  test('an empty value is one that has been set', async () => {
    await using client = await connected();
    const value = new AtomicValue(client, path, { codec: text });
    expect(await value.initialize('')).toMatchObject({ succeeded: true });
    expect(await value.get()).toBe('');
    expect(await value.initialize('x')).toMatchObject({ succeeded: false, before: '' });
  });

  test('a znode that another is about to set for the first time has no value yet', async () => {
    await using client = await connected();
    await client.create(path, null, { parents: true });
    const value = new AtomicValue(client, path, { codec });
    expect(await value.get()).toBeUndefined();
    expect(await value.initialize({ n: 1, by: 'a' })).toMatchObject({ succeeded: true, before: undefined });
  });

  test('a value that cannot be written fails alone, and one that cannot be read is told', async () => {
    await using client = await connected();
    const value = new AtomicValue(client, path, { codec });
    const bad = value.trySet({ n: Number.NaN, by: 'x' });
    const good = value.trySet({ n: 1, by: 'y' });
    await expect(bad).rejects.toThrow(InvalidArgumentError);
    expect(await good).toMatchObject({ before: undefined, after: { n: 1 } });
    await client.set(path, '{');
    await expect(value.get()).rejects.toThrow(MalformedDataError);
    await expect(value.update(() => ({ n: 1, by: 'z' }))).rejects.toThrow(MalformedDataError);
  });
});

onEveryServer('CachedAtomicLong', (connected) => {
  test('callers at the same time get different numbers, block after block, and so do those of other processes', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const sources = [one, other].map((client) => new CachedAtomicLong(client, path, { block: 10 }));
    const numbers = await Promise.all(sources.flatMap((source) => Array.from({ length: 25 }, () => source.next())));
    expect(new Set(numbers).size).toBe(50);
    expect(Math.min(...numbers)).toBe(1);
    expect(await new AtomicLong(one, path).get({ sync: true })).toBe(60);
  });

  test('a block is used to its end when the server is gone, and then the failure is told', async () => {
    await using client = await connected();
    const ids = new CachedAtomicLong(client, path, { block: 3, as: 'bigint' });
    expect(await ids.next()).toBe(1n);
    await client.close();
    expect([await ids.next(), await ids.next()]).toEqual([2n, 3n]);
    await expect(ids.next()).rejects.toMatchObject({ name: 'ClosedError' });
  });
});
