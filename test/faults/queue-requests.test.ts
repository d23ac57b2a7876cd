import { expect, test } from 'vitest';
import { PriorityQueue, Queue } from '../../recipes/index.ts';
import type { ServedRequest } from '../../src/embedded/index.ts';
import { type Client, text } from '../../src/index.ts';
import { World } from '../support/world.ts';

const path = '/work';
const mayStay = [path, `${path}-locks`];
const codec = text;
const many = Array.from({ length: 200 }, (_, index) => `item ${index}`);

function record(world: World): ServedRequest['operation'][] {
  const served: ServedRequest['operation'][] = [];
  world.server.requests$.subscribe(({ operation }) => served.push(operation));
  return served;
}

async function consumeAll(queue: Queue<string>, count: number, safety: 'at-least-once' | 'at-most-once'): Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  let left = count;
  const handle = () => {
    left -= 1;
    if (left === 0) stop.abort();
  };
  await (safety === 'at-most-once' ? queue.consume(handle, { safety, signal }) : queue.consume(handle, { signal }));
}

/** One item has gone all the way, so that the directories are there. */
async function used(client: Client): Promise<Queue<string>> {
  const queue = new Queue(client, path, { codec });
  await queue.put('first');
  await (await queue.receive()).ack();
  return queue;
}

test('a put costs one request, and 200 in a batch two', async () => {
  await using world = await World.start(mayStay);
  const queue = await used(await world.client());
  const served = record(world);
  await queue.put('a');
  expect(served).toEqual(['create2']);
  await queue.putAll(many);
  expect(served).toEqual(['create2', 'exists', 'multi']);
  await consumeAll(queue, 201, 'at-most-once');
});

test('to take one costs a listing, a read and a removal, and the way to know that it was ours', async () => {
  await using world = await World.start(mayStay);
  const queue = await used(await world.client());
  await queue.putAll(['a', 'b']);
  await queue.take();
  const served = record(world);
  expect(await queue.take()).toBe('b');
  expect(served.filter((operation) => operation !== 'delete')).toEqual(['getData', 'multi']);
});

test('to receive one and acknowledge it costs three requests beyond the listing', async () => {
  await using world = await World.start(mayStay);
  const queue = await used(await world.client());
  await queue.putAll(['a', 'b']);
  await (await queue.receive()).ack();
  const served = record(world);
  await (await queue.receive()).ack();
  expect(served).toEqual(['getData', 'multi', 'multi']);
});

// To have them ahead takes handlers that are faster than a round trip; how many trips it takes to find that out varies with the machine.
test.each(['at-least-once', 'at-most-once'] as const)(
  '%s: of a backlog many are taken at a time, with far fewer requests than there are items',
  async (safety) => {
    await using world = await World.start(mayStay);
    const queue = await used(await world.client());
    await queue.putAll(many);
    const served = record(world);
    await consumeAll(queue, many.length, safety);
    expect(served.length).toBeLessThan(many.length / 2);
    expect(served.filter((operation) => operation === 'getChildren').length).toBeLessThanOrEqual(4);
  },
);

test('an item that another has in hand costs one transaction more, for those before it', async () => {
  await using world = await World.start(mayStay);
  const queue = await used(await world.client());
  const [, name] = await queue.putAll(['a', 'b', 'c']);
  const other = await world.client();
  await other.create(`${path}-locks/${name}`, '', { mode: 'ephemeral' });
  const served = record(world);
  const stop = new AbortController();
  const seen: string[] = [];
  const note = (item: string) => {
    seen.push(item);
    if (seen.length === 2) stop.abort();
  };
  await queue.consume(note, { concurrency: 3, signal: stop.signal });
  expect(seen).toEqual(['a', 'c']);
  expect(served.slice(0, 4)).toEqual(['getChildren', 'multiRead', 'multi', 'multi']);
  expect(await other.children(path)).toEqual([name]);
  await other.delete(`${path}-locks/${name}`);
  expect(await queue.take()).toBe('b');
});

test('what waits for an item is woken by a watch, and asks for nothing meanwhile', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  const queue = await used(client);
  const taking = queue.take();
  await client.sync(path);
  await client.sync(path);
  const served = record(world);
  await client.sync(path);
  await queue.put('a');
  expect(await taking).toBe('a');
  expect(served.filter((operation) => !['delete', 'removeWatches'].includes(operation))).toEqual([
    'sync',
    'create2',
    'getChildren',
    'getData',
    'multi',
  ]);
});

test('a small priority queue is listed for each item, so that none overtakes a better one', async () => {
  await using world = await World.start(mayStay);
  const queue = new PriorityQueue(await world.client(), path, { codec });
  await queue.putAll(['a', 'b'], { priority: 2 });
  expect(await queue.take()).toBe('a');
  await queue.put('c', { priority: 1 });
  expect([await queue.take(), await queue.take()]).toEqual(['c', 'b']);
});
