import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { Queue } from '../../recipes/index.ts';
import { type Client, LeaseLostError, TakeTimeoutError, text } from '../../src/index.ts';
import { onEveryServer } from '../support/servers.ts';

const path = '/work';
const locks = `${path}-locks`;
const codec = text;

/** Several items in one znode, as Curator puts them. */
function framed(...items: readonly string[]): Buffer {
  const frames = items.map((item) => {
    const head = Buffer.from([1, 0, 0, 0, 0]);
    head.writeInt32BE(item.length, 1);
    return Buffer.concat([head, Buffer.from(item)]);
  });
  return Buffer.concat([Buffer.from([0, 1, 0, 1]), ...frames, Buffer.from([2])]);
}

async function putTogether(client: Client, ...items: readonly string[]): Promise<void> {
  if ((await client.exists(path)) === null) await client.create(path);
  await client.create(`${path}/queue-`, framed(...items), { mode: 'persistent-sequential', protect: false });
}

async function claimed(client: Client, count: number): Promise<void> {
  await firstValueFrom(client.children$(locks).pipe(filter((children) => (children?.length ?? 0) === count)));
}

/** By then whoever was called before has looked, and waits. */
async function afterAWhile(client: Client): Promise<void> {
  for (let times = 0; times < 8; times += 1) await client.sync(path);
}

onEveryServer('consumers of one queue object', (connected) => {
  test('what one gives back is given to one who waits', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    await queue.put('a');
    const first = await queue.receive();
    const waiting = [queue.receive(), queue.receive()];
    await afterAWhile(client);
    await first.release('try again');
    const second = await Promise.race(waiting);
    expect([second.item, second.attempt]).toEqual(['a', 2]);
    await second.release('again');
    const both = await Promise.all(waiting);
    expect(both.map(({ attempt }) => attempt).toSorted()).toEqual([2, 3]);
    await both.find(({ attempt }) => attempt === 3)?.ack();
    expect(await client.children(path)).toEqual([]);
  });

  test.each(['receive', 'take', 'consume', 'deliveries', 'deliveries$'] as const)('one that waits by %s is woken, too', async (way) => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    await queue.put('a');
    const first = await queue.receive();
    const stop = new AbortController();
    const ways = {
      receive: async () => (await queue.receive()).item,
      take: () => queue.take(),
      consume: () =>
        new Promise<string>((resolve, reject) => {
          const handle = (item: string) => {
            resolve(item);
            stop.abort();
          };
          queue.consume(handle, { signal: stop.signal }).catch(reject);
        }),
      deliveries: async () => (await queue.deliveries().next()).value?.item,
      deliveries$: async () => (await firstValueFrom(queue.deliveries$())).item,
    };
    const waiting = ways[way]();
    await afterAWhile(client);
    await first.release('try again');
    expect(await waiting).toBe('a');
  });

  test('many wait, and each item that is given back goes to one of them', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    const items = Array.from({ length: 20 }, (_, index) => `item ${index}`);
    await queue.putAll(items);
    const held = await Promise.all(items.map(() => queue.receive()));
    const waiting = items.map(() => queue.receive());
    await afterAWhile(client);
    await Promise.all(held.map((delivery) => delivery.release('try again')));
    const again = await Promise.all(waiting);
    expect(again.map(({ item }) => item).toSorted()).toEqual(items.toSorted());
    await Promise.all(again.map((delivery) => delivery.ack()));
    expect(await client.children(path)).toEqual([]);
  });
});

onEveryServer('several items in one znode', (connected) => {
  test('one by one is acknowledged and taken out, by queue objects that come and go', async () => {
    await using client = await connected();
    const names = Array.from({ length: 12 }, (_, index) => `item ${index}`);
    await putTogether(client, ...names);
    await new Queue(client, path, { codec }).put('last');
    for (const name of [...names, 'last']) {
      const delivery = await new Queue(client, path, { codec }).receive();
      expect([delivery.item, delivery.attempt]).toEqual([name, 1]);
      await delivery.ack();
    }
    expect([await client.children(path), await client.children(locks)]).toEqual([[], []]);
  });

  test('what is left when the others are acknowledged is for others at once', async () => {
    await using client = await connected();
    await using other = await connected(client);
    await putTogether(client, 'a', 'b');
    const first = await new Queue(client, path, { codec }).receive();
    const waiting = new Queue(other, path, { codec }).receive();
    await afterAWhile(client);
    await first.ack();
    const second = await waiting;
    expect([first.item, second.item]).toEqual(['a', 'b']);
    await second.ack();
    expect(await client.children(path)).toEqual([]);
  });

  test('what was acknowledged is not handled again when the others are given back, or go to the dead letters', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec, maxDeliveries: 3 });
    await putTogether(client, 'a', 'b', 'c');
    const [a, b, c] = [await queue.receive(), await queue.receive(), await queue.receive()];
    await Promise.all([a.ack(), b.release('no'), c.release('no')]);
    const again = await queue.receive();
    expect([again.item, again.attempt]).toEqual(['b', 1]);
    await again.reject('never');
    const other = await queue.receive({ timeoutMs: 50 }).catch((error: unknown) => error);
    expect(other).toBeInstanceOf(TakeTimeoutError);
    const [letter] = await queue.deadLetters();
    expect(letter?.data).toEqual(framed('b', 'c'));
  });
});

onEveryServer('a delivery', (connected) => {
  test('of an item as large as may be is counted, too', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec, maxDeliveries: 2 });
    const large = 'x'.repeat(600_000);
    await queue.put(large);
    for (const attempt of [1, 2]) {
      const delivery = await queue.receive();
      expect([delivery.item === large, delivery.attempt]).toEqual([true, attempt]);
      await delivery.release(`attempt ${attempt}`);
    }
    await expect(queue.receive({ timeoutMs: 50 })).rejects.toBeInstanceOf(TakeTimeoutError);
    expect(await queue.deadLetters()).toMatchObject([{ deliveries: 2, reason: 'attempt 2' }]);
  });

  test('that nobody was given counts nowhere', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec, maxDeliveries: 2 });
    await queue.put('a');
    for (let times = 0; times < 5; times += 1) {
      const giveUp = new AbortController();
      const receiving = queue.receive({ signal: giveUp.signal });
      await claimed(client, 1).then(() => giveUp.abort(new Error('enough')));
      const delivery = await receiving.catch(() => undefined);
      await delivery?.ack();
      if (delivery !== undefined) await queue.put('a');
    }
    const delivery = await queue.receive();
    expect(delivery.attempt).toBe(1);
    await delivery.ack();
    expect(await queue.deadLetters()).toEqual([]);
  });

  test('is given back when its loop is left by an error, and cannot be acknowledged any more', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const queue = new Queue(client, path, { codec });
    await queue.putAll(['a', 'b']);
    const seen: { ack(): Promise<void> }[] = [];
    const ship = async () => {
      for await (const delivery of queue.deliveries({ concurrency: 2 })) {
        seen.push(delivery);
        if (delivery.item === 'b') throw new Error('could not ship');
      }
    };
    await expect(ship()).rejects.toThrow('could not ship');
    const again = await new Queue(other, path, { codec }).receive();
    expect([again.item, again.attempt]).toEqual(['b', 2]);
    await expect(seen[1]?.ack()).rejects.toBeInstanceOf(LeaseLostError);
    await Promise.all([seen[0]?.ack(), again.ack()]);
    expect(await client.children(path)).toEqual([]);
  });

  test('that is waited for in vain does not keep a loop from being left', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    const iterator = queue.deliveries();
    const [next, another] = [iterator.next(), iterator.next()];
    await afterAWhile(client);
    const over = { done: true, value: undefined };
    expect(await iterator.return?.()).toEqual(over);
    expect([await next, await another, await iterator.next()]).toEqual([over, over, over]);
    await queue.put('a');
    expect(await queue.take()).toBe('a');
    expect(await queue.deliveries().return?.()).toEqual(over);
  });
});

onEveryServer('more items at once than a queue may have', (connected) => {
  test('wait for room, piece by piece, and come through in order', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const queue = new Queue(client, path, { codec, maxItems: 10 });
    const items = Array.from({ length: 35 }, (_, index) => `item ${index}`);
    const putting = queue.putAll(items);
    const taker = new Queue(other, path, { codec });
    const taken: string[] = [];
    for (const _ of items) taken.push(await taker.take());
    expect(taken).toEqual(items);
    expect(await putting).toHaveLength(35);
  });
});
