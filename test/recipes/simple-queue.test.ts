import { lastValueFrom, take, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { SimpleQueue } from '../../recipes/index.ts';
import { bytes, ClosedError, InvalidArgumentError, json, openAcl, permissions, systemClock, text } from '../../src/index.ts';
import { Probe } from '../support/probe.ts';
import { onEveryServer } from '../support/servers.ts';

const path = '/queues/simple';

/** The system's, which a test can put ahead. */
class SteppedClock {
  aheadMs = 0;
  readonly setTimer = systemClock.setTimer;
  readonly random = systemClock.random;
  readonly wallTime = systemClock.wallTime;

  now(): number {
    return systemClock.now() + this.aheadMs;
  }
}

onEveryServer('SimpleQueue', (connected) => {
  test('items come out in the order in which they were put, by whomever', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const [ours, theirs] = [client, other].map((each) => new SimpleQueue(each, path, { codec: text }));
    for (const item of ['a', 'b', 'c']) await ours?.offer(item);
    expect(await theirs?.take()).toBe('a');
    expect(await ours?.take()).toBe('b');
    await theirs?.offer('d');
    expect(await ours?.poll()).toBe('c');
    expect(await ours?.poll()).toBe('d');
    expect(await client.children(path)).toEqual([]);
  });

  test('an item is the raw bytes of its znode, which an offer names', async () => {
    await using client = await connected();
    const queue = new SimpleQueue(client, path, { codec: bytes });
    const item = Buffer.from([0, 255, 10]);
    const name = await queue.offer(item);
    expect(name).toBe('qn-0000000000');
    expect((await client.get(`${path}/${name}`)).data).toEqual(item);
    expect(await queue.take()).toEqual(item);
  });

  test('a take waits for an item, also where there is no queue yet', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const taking = new SimpleQueue(client, path, { codec: text }).take();
    await new SimpleQueue(other, path, { codec: text }).offer('late');
    expect(await taking).toBe('late');
  });

  test('a take goes on waiting when the empty queue is reaped under it', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const queue = new SimpleQueue(client, path, { codec: text });
    await queue.offer('before');
    await queue.take();
    const taking = queue.take();
    using lists = new Probe(other.children$(path));
    expect(await lists.next()).toEqual([]);
    await other.delete(path);
    expect(await lists.next()).toBeNull();
    await new SimpleQueue(other, path, { codec: text }).offer('after');
    expect(await taking).toBe('after');
  });

  test('those who wait in one process are served in the order of their calls', async () => {
    await using client = await connected();
    const queue = new SimpleQueue(client, path, { codec: text });
    const giveUp = new AbortController();
    const first = queue.take();
    const second = queue.take({ signal: giveUp.signal });
    const third = queue.take();
    giveUp.abort(new Error('no longer wanted'));
    await expect(second).rejects.toThrow('no longer wanted');
    await queue.offer('a');
    await queue.offer('b');
    expect(await Promise.all([first, third])).toEqual(['a', 'b']);
  });

  test('who subscribes gets items for as long as that lasts, and none is taken afterwards', async () => {
    await using client = await connected();
    const queue = new SimpleQueue(client, path, { codec: text });
    const first = lastValueFrom(queue.items$.pipe(take(2), toArray()));
    for (const item of ['a', 'b', 'c', 'd']) await queue.offer(item);
    expect(await first).toEqual(['a', 'b']);
    expect(await lastValueFrom(queue.items$.pipe(take(1)))).toBe('c');
    expect([await queue.poll(), await queue.poll()]).toEqual(['d', null]);
  });

  test('each item is taken once, however many take', async () => {
    await using client = await connected();
    const clients = await Promise.all([1, 2, 3].map(() => connected(client)));
    const items = Array.from({ length: 60 }, (_, n) => String(n));
    const taken: string[] = [];
    const takers = clients.flatMap((each) => {
      const queue = new SimpleQueue(each, path, { codec: text });
      return Array.from({ length: 4 }, async () => {
        for (let turn = 0; turn < 5; turn += 1) taken.push(await queue.take());
      });
    });
    const queue = new SimpleQueue(client, path, { codec: text });
    await Promise.all(items.map((item) => queue.offer(item)));
    await Promise.all(takers);
    expect(taken.toSorted()).toEqual(items.toSorted());
    expect(await client.children(path)).toEqual([]);
    await Promise.all(clients.map((each) => each.close()));
  });

  test('a take that ends without an item leaves them all', async () => {
    await using client = await connected();
    const queue = new SimpleQueue(client, path, { codec: text });
    await expect(queue.take({ timeoutMs: 50 })).rejects.toMatchObject({ name: 'TakeTimeoutError', path, timeoutMs: 50 });
    const aborted = AbortSignal.abort(new Error('too late'));
    await queue.offer('a');
    await expect(queue.take({ signal: aborted })).rejects.toThrow('too late');
    await expect(queue.poll({ signal: aborted })).rejects.toThrow('too late');
    expect(await queue.take({ timeoutMs: 10_000 })).toBe('a');
  });

  test('a poll and a look at an empty or missing queue give null, and a look takes nothing', async () => {
    await using client = await connected();
    const queue = new SimpleQueue(client, path, { codec: text });
    expect([await queue.poll(), await queue.peek()]).toEqual([null, null]);
    for (const item of ['a', 'b']) await queue.offer(item);
    expect([await queue.peek(), await queue.peek()]).toEqual(['a', 'a']);
    expect([await queue.poll(), await queue.poll()]).toEqual(['a', 'b']);
    expect([await queue.poll(), await queue.peek()]).toEqual([null, null]);
  });

  test('what was taken by others meanwhile is passed over', async () => {
    await using client = await connected();
    const queue = new SimpleQueue(client, path, { codec: text });
    for (const item of ['a', 'b', 'c', 'd']) await queue.offer(item);
    expect(await queue.peek()).toBe('a');
    await client.delete(`${path}/qn-0000000000`);
    await client.delete(`${path}/qn-0000000001`);
    expect(await queue.peek()).toBe('c');
    await client.delete(`${path}/qn-0000000002`);
    expect(await queue.take()).toBe('d');
  });

  test('strangers among the items are left alone, and told of once', async () => {
    await using client = await connected();
    const queue = new SimpleQueue(client, path, { codec: text });
    using errors = new Probe(client.errors$);
    await client.create(`${path}/readme`, 'not an item', { parents: true });
    await client.create(`${path}/qn-x`, 'neither');
    expect(await queue.poll()).toBeNull();
    expect(await errors.next()).toMatchObject({ name: 'ForeignChildrenError', path });
    await queue.offer('a');
    expect(await queue.take()).toBe('a');
    expect((await client.children(path)).toSorted()).toEqual(['qn-x', 'readme']);
    expect(errors.rest).toEqual([]);
  });

  test('an item that does not decode goes to the dead letters, and the line goes on', async () => {
    await using client = await connected();
    const queue = new SimpleQueue(client, path, { codec: json(z.object({ n: z.number() })) });
    const raw = new SimpleQueue(client, path, { codec: text });
    for (const item of ['{"n":1}', 'poison', '{"n":"two"}', '{"n":3}']) await raw.offer(item);
    expect(await queue.take()).toEqual({ n: 1 });
    await expect(queue.peek()).rejects.toMatchObject({ name: 'MalformedDataError', path: `${path}/qn-0000000001` });
    expect(await queue.take()).toEqual({ n: 3 });
    expect(await queue.poll()).toBeNull();
    const letters = (await client.children(`${path}-dead-letters`)).toSorted();
    expect(letters).toEqual([expect.stringMatching(/^qn-0000000001-[0-9a-f]+$/), expect.stringMatching(/^qn-0000000002-[0-9a-f]+$/)]);
    const { data } = await client.get(`${path}-dead-letters/${letters[0]}`);
    expect(data.toString()).toMatch(/^poison\{"reason":".*not JSON/);
  });

  test('looking takes no hold: looks beside each other, and beside a poll, find the first item', async () => {
    await using client = await connected();
    const queue = new SimpleQueue(client, path, { codec: text });
    for (const item of ['a', 'b']) await queue.offer(item);
    expect(await Promise.all([queue.peek(), queue.peek()])).toEqual(['a', 'a']);
    const [looked, taken] = await Promise.all([queue.peek(), queue.poll()]);
    expect(taken).toBe('a');
    expect(['a', 'b']).toContain(looked);
    const [last, lookedBeside] = await Promise.all([queue.poll(), queue.peek()]);
    expect(last).toBe('b');
    expect(['b', null]).toContain(lookedBeside);
  });

  test('a take beside a look gets the item', async () => {
    await using client = await connected();
    const queue = new SimpleQueue(client, path, { codec: text });
    await queue.offer('a');
    expect(await queue.peek()).toBe('a');
    const [, taken] = await Promise.all([queue.peek(), queue.take({ timeoutMs: 10_000 })]);
    expect(taken).toBe('a');
  });

  test('an item that another call gives back goes to one that waits, and to one that polls', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const queue = new SimpleQueue(client, path, { codec: text });
    for (const again of [() => queue.take({ timeoutMs: 10_000 }), () => queue.poll()]) {
      const name = await queue.offer('a');
      const giveUp = new AbortController();
      const first = queue.take({ signal: giveUp.signal });
      // The item is in its hands, and being read.
      await other.sync('/');
      const second = again();
      giveUp.abort(new Error('no longer wanted'));
      const taken = await Promise.allSettled([first, second]);
      expect(taken.flatMap((each) => (each.status === 'fulfilled' && each.value !== null ? [each.value] : []))).toEqual(['a']);
      expect(await client.exists(`${path}/${name}`)).toBeNull();
    }
  });

  test('as many polls as there are items take one each, and those beyond find none', async () => {
    await using client = await connected();
    const queue = new SimpleQueue(client, path, { codec: text });
    for (const item of ['a', 'b']) await queue.offer(item);
    expect(await Promise.all([queue.poll(), queue.poll(), queue.poll()])).toEqual(['a', 'b', null]);
  });

  test('an item that may not be read is passed over and reported once, and taken when it may be', async () => {
    await using client = await connected();
    const clock = new SteppedClock();
    await using own = await connected(client, { clock });
    const queue = new SimpleQueue(own, path, { codec: text });
    const name = await queue.offer('secret');
    await queue.offer('open');
    await client.setAcl(`${path}/${name}`, [{ scheme: 'world', id: 'anyone', perms: permissions.admin }]);
    using errors = new Probe(own.errors$);
    expect(await queue.peek()).toBe('open');
    expect([await queue.take(), await queue.poll(), await queue.poll()]).toEqual(['open', null, null]);
    expect(await errors.next()).toMatchObject({ name: 'NoAuthError', path: `${path}/${name}` });
    await client.setAcl(`${path}/${name}`, openAcl);
    clock.aheadMs = 61_000;
    expect(await queue.poll()).toBe('secret');
    expect(errors.rest).toEqual([]);
  });

  test.each([
    ['room for the reason', 1_048_575 - 200],
    ['room for a word of it', 1_048_575 - 240],
  ])('an item that does not decode, and leaves no %s, is put aside, and the next is taken', async (_, sizeBytes) => {
    await using client = await connected();
    const queue = new SimpleQueue(client, path, { codec: json(z.object({ n: z.number() })) });
    await client.create(path, '', { parents: true });
    const data = Buffer.alloc(sizeBytes, 'x');
    await client.create(`${path}/qn-`, data, { mode: 'persistent-sequential', protect: false });
    await queue.offer({ n: 1 });
    expect(await queue.take({ timeoutMs: 30_000 })).toEqual({ n: 1 });
    expect(await client.children(path)).toEqual([]);
    const [letter] = await client.children(`${path}-dead-letters`);
    expect((await client.get(`${path}-dead-letters/${letter}`)).data.subarray(0, sizeBytes).equals(data)).toBe(true);
  });

  test('an item that does not decode and cannot be put aside stays, is reported, and holds nobody up', async () => {
    await using client = await connected();
    const queue = new SimpleQueue(client, path, { codec: json(z.object({ n: z.number() })) });
    await client.create(`${path}-dead-letters`, '', { parents: true });
    await client.setAcl(`${path}-dead-letters`, [{ scheme: 'world', id: 'anyone', perms: permissions.read + permissions.admin }]);
    await new SimpleQueue(client, path, { codec: text }).offer('poison');
    await queue.offer({ n: 1 });
    using errors = new Probe(client.errors$);
    expect(await queue.take({ timeoutMs: 10_000 })).toEqual({ n: 1 });
    expect(await errors.next()).toMatchObject({ name: 'NoAuthError' });
    expect([await queue.poll(), await queue.peek()]).toEqual([null, null]);
    expect(await client.children(path)).toEqual(['qn-0000000000']);
    expect(errors.rest).toEqual([]);
  });

  test.each([
    ['a relative path', () => ({ where: 'queue', how: { codec: text }, wait: {} }), 'SimpleQueue.path'],
    ['no codec', () => ({ where: path, how: {} as never, wait: {} }), 'SimpleQueue.options.codec'],
    ['an unknown option', () => ({ where: path, how: { codec: text, lockPath: '/l' }, wait: {} }), 'SimpleQueue.options.lockPath'],
    ['a timeout of nothing', () => ({ where: path, how: { codec: text }, wait: { timeoutMs: 0 } }), 'SimpleQueue.take.timeoutMs'],
  ])('%s is refused by name', async (_, given, field) => {
    await using client = await connected();
    const { where, how, wait } = given();
    const refused = (async () => new SimpleQueue(client, where, how).take(wait))();
    await expect(refused).rejects.toMatchObject({ name: 'InvalidArgumentError', field });
  });

  test('an item that the codec cannot write is not put', async () => {
    await using client = await connected();
    const queue = new SimpleQueue(client, path, { codec: json(z.object({ n: z.number() })) });
    await expect(queue.offer({ n: 'one' } as never)).rejects.toThrow(InvalidArgumentError);
    await expect(queue.offer({ n: 1 })).resolves.toBe('qn-0000000000');
  });

  test('on a closed client it says so', async () => {
    const client = await connected();
    const queue = new SimpleQueue(client, path, { codec: text });
    const waiting = expect(queue.take()).rejects.toThrow(ClosedError);
    const items = lastValueFrom(queue.items$, { defaultValue: 'completed' });
    await client.close();
    await waiting;
    expect(await items).toBe('completed');
    const calls = [queue.offer('a'), queue.take(), queue.poll(), queue.peek()];
    await Promise.all(calls.map((refused) => expect(refused).rejects.toThrow(ClosedError)));
  });
});
