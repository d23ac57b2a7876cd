import { expect, test } from 'vitest';
import { PriorityQueue, Queue } from '../../recipes/index.ts';
import { text } from '../../src/index.ts';
import { onEveryServer } from '../support/servers.ts';

const path = '/queues/together';

onEveryServer('puts that come together', (connected) => {
  test('are in the queue in their order, from the first on, and each is told its own name', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec: text });
    const items = Array.from({ length: 450 }, (_, number) => `item ${number}`);
    const names = await Promise.all(items.map((item) => queue.put(item)));
    expect(names).toEqual(names.toSorted());
    expect(new Set(names).size).toBe(items.length);
    const last = await client.get(`${path}/${names.at(-1)}`);
    expect(last.data.includes('item 449')).toBe(true);
    for (const item of items.slice(0, 5)) expect(await queue.take()).toBe(item);
  });

  test('keep what each was put with', async () => {
    await using client = await connected();
    const queue = new PriorityQueue(client, path, { codec: text });
    const names = await Promise.all([3, 3, 1, 2, 2].map((priority) => queue.put(String(priority), { priority })));
    expect(names.map((name) => name.at(14))).toEqual(['3', '3', '1', '2', '2']);
    for (const item of ['1', '2', '2', '3', '3']) expect(await queue.take()).toBe(item);
  });
});
