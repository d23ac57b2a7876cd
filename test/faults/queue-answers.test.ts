import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { Queue } from '../../recipes/index.ts';
import { type Client, OutcomeUnknownError, text } from '../../src/index.ts';
import { World } from '../support/world.ts';

const path = '/work';
const mayStay = [path, `${path}-locks`];
const codec = text;

/** A queue that has been used, so that its directories are there, and what was not answered is what comes next. */
async function used(client: Client): Promise<Queue<string>> {
  const queue = new Queue(client, path, { codec });
  await queue.put('first');
  expect(await queue.take()).toBe('first');
  return queue;
}

test.each([
  ['one', 'create2', (queue: Queue<string>) => queue.put('a', { timeoutMs: 10_000 })],
  ['many', 'multi', async (queue: Queue<string>) => (await queue.putAll(['a', 'b']))[0]],
] as const)('a put of %s whose answer is lost is found again by its mark', async (_, operation, put) => {
  await using world = await World.start(mayStay);
  const queue = await used(await world.client());
  world.server.faults.inject({ kind: 'cut-after-apply' }, { operation });
  const name = await put(queue);
  const items = await queue.items();
  expect(items[0]?.name).toBe(name);
  expect(items).toHaveLength(operation === 'multi' ? 2 : 1);
  for (const item of operation === 'multi' ? ['a', 'b'] : ['a']) expect(await queue.take()).toBe(item);
});

test('a put whose answer is lost, and whose item is taken at once, is told to be unknown, and not put again', async () => {
  await using world = await World.start(mayStay, { hasWires: true });
  const client = await world.client();
  const queue = await used(client);
  const other = await world.client();
  const taking = new Queue(other, path, { codec }).take();
  await other.sync(path);
  await other.sync(path);
  const wire = world.wireOf((await client.connected()).id);
  world.server.faults.inject({ kind: 'cut-after-apply' }, { operation: 'create2' });
  const isCut = firstValueFrom(world.server.requests$.pipe(filter(({ operation }) => operation === 'create2'))).then(() => wire?.cut());
  const put = expect(queue.put('a', { timeoutMs: 10_000 })).rejects.toBeInstanceOf(OutcomeUnknownError);
  await isCut;
  expect(await taking).toBe('a');
  // Nobody finds the item any more when it is looked for.
  wire?.mend();
  await put;
  expect(await queue.items()).toEqual([]);
});

test('an item whose removal is on its way when the caller gives up is handed over all the same', async () => {
  await using world = await World.start(mayStay);
  const queue = await used(await world.client());
  await queue.put('a');
  const giveUp = new AbortController();
  world.server.faults.inject({ kind: 'delay', ms: 100 }, { operation: 'multi' });
  const removing = firstValueFrom(world.server.requests$.pipe(filter(({ operation }) => operation === 'multi')));
  const taking = queue.take({ signal: giveUp.signal });
  await removing;
  giveUp.abort(new Error('enough'));
  expect(await taking).toBe('a');
});

test('a claim that is on its way when the caller gives up is given back', async () => {
  await using world = await World.start(mayStay);
  const queue = await used(await world.client());
  await queue.put('a');
  const giveUp = new AbortController();
  world.server.faults.inject({ kind: 'delay', ms: 100 }, { operation: 'multi' });
  const claiming = firstValueFrom(world.server.requests$.pipe(filter(({ operation }) => operation === 'multi')));
  const receiving = queue.receive({ signal: giveUp.signal });
  await claiming;
  giveUp.abort(new Error('enough'));
  await expect(receiving).rejects.toThrow('enough');
  const delivery = await queue.receive();
  expect([delivery.item, delivery.attempt], 'nobody was given it before').toEqual(['a', 1]);
  await delivery.ack();
});

test('a claim that is on its way when the subscriber leaves is given back', async () => {
  await using world = await World.start(mayStay);
  const queue = await used(await world.client());
  await queue.put('a');
  world.server.faults.inject({ kind: 'delay', ms: 100 }, { operation: 'multi' });
  const claiming = firstValueFrom(world.server.requests$.pipe(filter(({ operation }) => operation === 'multi')));
  const seen: string[] = [];
  const subscription = queue.deliveries$().subscribe(({ item }) => seen.push(item));
  await claiming;
  subscription.unsubscribe();
  const delivery = await new Queue(await world.client(), path, { codec }).receive();
  expect([delivery.item, delivery.attempt, seen]).toEqual(['a', 1, []]);
  await delivery.ack();
});

test('a queue that is too long to be listed is told to every consumer, with what to raise', async () => {
  await using world = await World.start(mayStay);
  const queue = await used(await world.client());
  await queue.putAll(Array.from({ length: 200 }, (_, index) => `item ${index}`));
  const limited = new Queue(await world.client({ maxReplyBytes: 2_000 }), path, { codec });
  const calls = [
    () => limited.take(),
    () => limited.receive(),
    () => limited.consume(() => {}),
    () => limited.items(),
    () => limited.deliveries().next(),
  ];
  for (const call of calls) await expect(call()).rejects.toMatchObject({ name: 'ReplyTooLargeError', path, limitBytes: 2_000 });
  expect(await limited.put('one more')).toMatch(/^queue-/);
  const stop = new AbortController();
  let left = 201;
  const count = () => {
    left -= 1;
    if (left === 0) stop.abort();
  };
  await queue.consume(count, { safety: 'at-most-once', signal: stop.signal });
});
