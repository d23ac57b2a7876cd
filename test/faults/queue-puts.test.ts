import { expect, test } from 'vitest';
import { Queue } from '../../recipes/index.ts';
import { OutcomeUnknownError, RequestTooLargeError, text } from '../../src/index.ts';
import { sweepFaults } from '../support/sweep.ts';
import { World } from '../support/world.ts';

const path = '/work';
const mayStay = [path, `${path}-locks`];

sweepFaults('of puts that leave together each is put once, in their order, or all are told that nobody knows', {
  mayStay,
  play: async (world) => {
    const [client, other] = [await world.client(), await world.client()];
    const queue = new Queue(client, path, { codec: text });
    const items = ['a', 'b', 'c'];
    const puts = await Promise.allSettled(items.map((item) => queue.put(item)));
    for (const put of puts) if (put.status === 'rejected') expect(put.reason).toBeInstanceOf(OutcomeUnknownError);

    await other.sync(path);
    const names = (await new Queue(other, path, { codec: text }).items()).map(({ name }) => name);
    const found = await Promise.all(names.map(async (name) => (await other.get(`${path}/${name}`)).data.subarray(9, 10).toString()));
    expect(found).toEqual(found.length === 0 ? [] : items);
    for (const put of puts) if (put.status === 'fulfilled') expect(names).toContain(put.value);
    await other.deleteAll(path);
  },
});

test('puts of one tick leave in one transaction, and each is told of its own item', async () => {
  await using world = await World.start(mayStay);
  const queue = new Queue(await world.client(), path, { codec: text });
  await queue.put('first');
  const served: string[] = [];
  world.server.requests$.subscribe(({ operation }) => served.push(operation));
  const names = await Promise.all(['a', 'b', 'c'].map((item) => queue.put(item)));
  expect(served).toEqual(['multi']);
  expect(names).toEqual(['queue-0000000001', 'queue-0000000002', 'queue-0000000003']);
  for (const item of ['first', 'a', 'b', 'c']) expect(await queue.take()).toBe(item);
});

test('one that is too large is refused alone, and one that is bounded goes alone', async () => {
  await using world = await World.start(mayStay);
  const queue = new Queue(await world.client(), path, { codec: text });
  const tooLarge = expect(queue.put('x'.repeat(1_100_000))).rejects.toThrow(RequestTooLargeError);
  const aborted = new AbortController();
  const bounded = expect(queue.put('b', { signal: aborted.signal })).rejects.toThrow('no longer wanted');
  const put = queue.put('a');
  aborted.abort(new Error('no longer wanted'));
  await Promise.all([tooLarge, bounded, put]);
  const items = (await queue.items()).length;
  for (let left = items; left > 0; left -= 1) expect(['a', 'b']).toContain(await queue.take());
});
