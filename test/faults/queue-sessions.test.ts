import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { type Delivery, Queue } from '../../recipes/index.ts';
import type { EmbeddedServer } from '../../src/embedded/index.ts';
import { type Client, LeaseLostError, NoAuthError, TakeTimeoutError, text } from '../../src/index.ts';
import { withoutTransactions } from '../support/without-transactions.ts';
import { World } from '../support/world.ts';

const path = '/work';
const locks = `${path}-locks`;
const letters = `${path}-dead-letters`;
const mayStay = [path, locks, letters];
const codec = text;

/** Ends the client's session on the server, and resolves when it has another. */
async function expire(server: EmbeddedServer, client: Client): Promise<void> {
  const { id, number } = await client.connected();
  server.expireSession(id);
  await firstValueFrom(client.state$.pipe(filter(() => client.session !== undefined && client.session.number > number)));
}

const drivers = [
  ['by transactions', {}],
  ['by single operations', { driver: withoutTransactions }],
] as const;

test.each(drivers)(
  '%s, a delivery that is lost with its session is given to another of its queue object, which waits',
  async (_, options) => {
    await using world = await World.start(mayStay);
    const client = await world.client(options);
    const queue = new Queue(client, path, { codec });
    await queue.put('a');
    const lost = await queue.receive();
    const waiting = queue.receive();
    await expire(world.server, client);
    const again = await waiting;
    expect([lost.signal.aborted, again.item, again.attempt]).toEqual([true, 'a', 2]);
    await expect(lost.ack()).rejects.toBeInstanceOf(LeaseLostError);
    // What the first one's owner does counts no more for the second.
    await expect(queue.receive({ timeoutMs: 30 })).rejects.toBeInstanceOf(TakeTimeoutError);
    await again.ack();
  },
);

test('of several items in one znode those that nobody was given yet are not handed out once the session is over', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  const queue = new Queue(client, path, { codec });
  const item = (letter: string) => Buffer.from([1, 0, 0, 0, 1, letter.charCodeAt(0)]);
  await client.create(path);
  const data = Buffer.concat([Buffer.from([0, 1, 0, 1]), item('a'), item('b'), Buffer.from([2])]);
  await client.create(`${path}/queue-`, data, { mode: 'persistent-sequential', protect: false });
  const lost = await queue.receive();
  await expire(world.server, client);
  const [a, b] = [await queue.receive(), await queue.receive()];
  expect([lost.item, a.item, b.item, a.signal.aborted, b.signal.aborted]).toEqual(['a', 'a', 'b', false, false]);
  await Promise.all([a.ack(), b.ack()]);
});

test('a consumer is handed nothing that was lost before it was handed out', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  const queue = new Queue(client, path, { codec });
  const items = Array.from({ length: 300 }, (_, index) => `item ${index}`);
  await queue.putAll(items);
  const stop = new AbortController();
  const handled: string[] = [];
  let dead = 0;
  const handle = async (item: string, { signal }: Delivery<string>) => {
    handled.push(item);
    if (signal.aborted) dead += 1;
    if ([50, 150].includes(handled.length)) await expire(world.server, client);
    if (new Set(handled).size === items.length) stop.abort();
  };
  await queue.consume(handle, { signal: stop.signal });
  expect(dead).toBe(0);
  const rest = await queue.items();
  if (rest.length > 0) for (const _ of rest) await queue.take();
});

test('what was taken ahead of a handler that has become slow is for another consumer, and counts as no delivery', async () => {
  await using world = await World.start(mayStay);
  const [one, other] = [await world.client(), await world.client()];
  const queue = new Queue(one, path, { codec });
  const items = Array.from({ length: 300 }, (_, index) => `item ${index}`);
  await queue.putAll(items);
  const [stop, release] = [new AbortController(), new AbortController()];
  let count = 0;
  let slow = () => {};
  const isSlow = new Promise<void>((resolve) => {
    slow = resolve;
  });
  const consuming = queue.consume(
    async () => {
      count += 1;
      if (count !== 150) return;
      slow();
      await new Promise<void>((resolve) => release.signal.addEventListener('abort', () => resolve()));
    },
    { signal: stop.signal },
  );
  await isSlow;
  const attempts: number[] = [];
  const others = new AbortController();
  const handling = new Queue(other, path, { codec }).consume((_, { attempt }) => void attempts.push(attempt), { signal: others.signal });
  await firstValueFrom(queue.depth$.pipe(filter((depth) => depth === 1)));
  expect([count, attempts.length, Math.max(...attempts)]).toEqual([150, 150, 1]);
  stop.abort();
  release.abort();
  others.abort();
  await Promise.all([consuming, handling]);
});

test.each(drivers)('%s, a claim that came too late for its caller uses up no delivery', async (_, options) => {
  await using world = await World.start(mayStay);
  const queue = new Queue(await world.client(options), path, { codec, maxDeliveries: 2 });
  await queue.put('precious');
  for (let times = 0; times < 6; times += 1) {
    const giveUp = new AbortController();
    const operation = 'driver' in options ? 'setData' : 'multi';
    world.server.faults.inject({ kind: 'delay', ms: 50 }, { operation });
    const claiming = firstValueFrom(world.server.requests$.pipe(filter((request) => request.operation === operation)));
    const receiving = queue.receive({ signal: giveUp.signal });
    await claiming;
    giveUp.abort(new Error('enough'));
    await expect(receiving).rejects.toThrow('enough');
  }
  expect((await queue.items()).map(({ deliveries }) => deliveries)).toEqual([0]);
  const delivery = await queue.receive();
  expect([delivery.item, delivery.attempt]).toEqual(['precious', 1]);
  await delivery.ack();
});

test.each(['at-least-once', 'at-most-once'] as const)('%s: an item that may not be read is passed over and told of', async (safety) => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  const queue = new Queue(client, path, { codec });
  await queue.put('first');
  await queue.take();
  const acl = [{ scheme: 'digest', id: 'other:abc', perms: 31 }];
  const { path: secret } = await client.create(`${path}/queue-`, 'x', { mode: 'persistent-sequential', protect: false, acl });
  await queue.put('second');
  const stop = new AbortController();
  const seen: string[] = [];
  const handle = (item: string) => {
    seen.push(item);
    stop.abort();
  };
  const options = { concurrency: 2, signal: stop.signal };
  await (safety === 'at-most-once' ? queue.consume(handle, { ...options, safety }) : queue.consume(handle, options));
  expect(seen).toEqual(['second']);
  expect(world.errors.splice(0)).toEqual([expect.any(NoAuthError)]);
  await client.delete(secret);
});

test('an item that may be read and not written is passed over and told of, and others are received', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  const queue = new Queue(client, path, { codec });
  const { data } = await client.get(`${path}/${await queue.put('first')}`);
  await queue.take();
  const acl = [{ scheme: 'world', id: 'anyone', perms: 1 }];
  const { path: fixed } = await client.create(`${path}/queue-`, data, { mode: 'persistent-sequential', protect: false, acl });
  await queue.put('second');
  const delivery = await queue.receive();
  expect(delivery.item).toBe('second');
  await delivery.ack();
  expect(world.errors.splice(0)).toEqual([expect.any(NoAuthError)]);
  await client.delete(fixed);
});

test('a server that refuses for the moment ends no consumer, and loses no acknowledgement', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  const queue = new Queue(client, path, { codec });
  await queue.putAll(['a', 'b', 'c']);
  const refuse = (operation: 'getChildren' | 'multiRead' | 'multi') =>
    world.server.faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation });
  for (const operation of ['getChildren', 'multiRead', 'multi', 'multi'] as const) refuse(operation);
  const deliveries = await firstValueFrom(queue.deliveries$({ concurrency: 3 }).pipe(take(3), toArray()));
  refuse('multi');
  await Promise.all(deliveries.map((delivery) => delivery.ack()));
  expect(await client.children(path)).toEqual([]);
});
