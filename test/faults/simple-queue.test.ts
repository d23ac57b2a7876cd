import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { SimpleQueue } from '../../recipes/index.ts';
import { json, OutcomeUnknownError, permissions, systemClock, text } from '../../src/index.ts';
import { sweepFaults } from '../support/sweep.ts';
import { World } from '../support/world.ts';

const path = '/queues/simple';
const items = ['a', 'b', 'c', 'd'];

sweepFaults('an item put into a simple queue is taken once, in its turn, or somebody is told that nobody knows', {
  mayStay: ['/queues', path],
  play: async (world) => {
    const unknown = new Set<string>();
    const orNote = async <T>(working: Promise<T>, itemOf: (error: OutcomeUnknownError) => string) => {
      try {
        return await working;
      } catch (error) {
        if (!(error instanceof OutcomeUnknownError)) throw error;
        unknown.add(itemOf(error));
        return undefined;
      }
    };
    const queueOf = async () => new SimpleQueue(await world.client(), path, { codec: text });
    const [producer, consumer] = [await queueOf(), await queueOf()];
    const inHand = (error: OutcomeUnknownError) => String(Reflect.get(Object(error.request), 'item'));

    const taken: string[] = [];
    const note = (item: string | null | undefined) => taken.push(...(item == null ? [] : [item]));
    const waiting = orNote(consumer.take({ signal: world.signal }), inHand).then(note);
    for (const item of items) await orNote(producer.offer(item), () => item);
    await waiting;
    for (let left: string | null | undefined; left !== null; ) {
      left = await orNote(consumer.poll(), inHand);
      note(left);
    }

    // One request of each was under way at most.
    expect(unknown.size).toBeLessThanOrEqual(2);
    expect(taken).toEqual(items.filter((item) => taken.includes(item)));
    for (const item of items) if (!unknown.has(item)) expect(taken).toContain(item);
  },
});

sweepFaults('poison in a simple queue ends among the dead letters, once', {
  mayStay: ['/queues', path, `${path}-dead-letters`],
  play: async (world) => {
    const client = await world.client();
    const queue = new SimpleQueue(client, path, { codec: json(z.object({ n: z.number() })) });
    await client.create(`${path}/qn-0000000000`, 'poison', { parents: true, idempotent: true });
    expect(await queue.poll()).toBeNull();
    const letters = await client.children(`${path}-dead-letters`);
    expect(letters).toEqual([expect.stringMatching(/^qn-0000000000-/)]);
    await client.deleteAll(`${path}-dead-letters/${letters[0]}`);
  },
});

/** Two at one queue, of whom the first loses contact in mid-request, until it is mended. */
async function meeting(world: World, operation: 'delete' | 'create2', kind: 'cut-before-apply' | 'cut-after-apply') {
  const [client, otherClient] = [await world.client(), await world.client()];
  const [own, other] = [new SimpleQueue(client, path, { codec: text }), new SimpleQueue(otherClient, path, { codec: text })];
  await other.offer('first');
  // It has seen the queue as it is now.
  expect(await own.peek()).toBe('first');
  const { id: sessionId } = await client.connected();
  const wire = world.wireOf(sessionId);
  world.server.faults.inject({ kind }, { operation, sessionId });
  const isMet = firstValueFrom(world.server.requests$.pipe(filter((request) => request.operation === operation)));
  return { own, other, isCut: isMet.then(() => wire?.cut()), mend: () => wire?.mend() };
}

test.each(['cut-before-apply', 'cut-after-apply'] as const)(
  "an item that is gone when its removal was not answered may be another taker's (%s)",
  async (kind) => {
    await using world = await World.start(['/queues', path], { hasWires: true });
    const { own, other, isCut, mend } = await meeting(world, 'delete', kind);
    const taking = own.take({ signal: world.signal });
    await isCut;
    expect(await other.poll()).toBe(kind === 'cut-before-apply' ? 'first' : null);
    mend();
    await expect(taking).rejects.toMatchObject({ name: 'OutcomeUnknownError', operation: 'take', request: { item: 'first' } });
  },
);

test.each(['cut-before-apply', 'cut-after-apply'] as const)(
  'an item whose put was not answered, in a queue that has changed since, is neither put again nor called put (%s)',
  async (kind) => {
    await using world = await World.start(['/queues', path], { hasWires: true });
    const { own, other, isCut, mend } = await meeting(world, 'create2', kind);
    const offering = own.offer('second');
    await isCut;
    expect(await other.poll()).toBe('first');
    mend();
    await expect(offering).rejects.toThrow(OutcomeUnknownError);
    expect(await other.poll()).toBe(kind === 'cut-before-apply' ? null : 'second');
  },
);

test('an item whose put was not answered, in a queue that nobody has changed since, is put again', async () => {
  await using world = await World.start(['/queues', path], { hasWires: true });
  const { own, other, isCut, mend } = await meeting(world, 'create2', 'cut-before-apply');
  const offering = own.offer('second');
  await isCut;
  mend();
  await offering;
  expect([await other.poll(), await other.poll(), await other.poll()]).toEqual(['first', 'second', null]);
});

/** Resolves when the server is asked for such a thing. */
function asked(world: World, operation: string): Promise<unknown> {
  return firstValueFrom(world.server.requests$.pipe(filter((request) => request.operation === operation)));
}

test('a take that waits removes its item when an outage is over, however short the calls of its client may be', async () => {
  await using world = await World.start(['/queues', path]);
  const { faults } = world.server;
  const queue = new SimpleQueue(await world.client({ operationTimeoutMs: 100 }), path, { codec: text });
  const producer = new SimpleQueue(await world.client(), path, { codec: text });
  const taking = queue.take({ signal: world.signal });
  faults.inject({ kind: 'cut-before-apply' }, { operation: 'delete' });
  const isCut = asked(world, 'delete').then(() => faults.refuseConnections(true));
  await producer.offer('a');
  await isCut;
  await new Promise<void>((resolve) => systemClock.setTimer(400, resolve));
  faults.refuseConnections(false);
  expect(await taking).toBe('a');
});

test.each(['getData', 'getChildren', 'delete'] as const)('a %s that the server refuses for the moment ends no take', async (operation) => {
  await using world = await World.start(['/queues', path]);
  const queue = new SimpleQueue(await world.client(), path, { codec: text });
  await queue.offer('a');
  world.server.faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation });
  const taken = operation === 'getChildren' ? queue.poll({ signal: world.signal }) : queue.take({ signal: world.signal });
  expect(await taken).toBe('a');
});

test.each(['create2', 'delete'] as const)('a %s that is refused for the moment ends no take of poison', async (operation) => {
  await using world = await World.start(['/queues', path, `${path}-dead-letters`]);
  const client = await world.client();
  const queue = new SimpleQueue(client, path, { codec: json(z.object({ n: z.number() })) });
  await client.create(`${path}/qn-0000000000`, 'poison', { parents: true });
  world.server.faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation });
  expect(await queue.poll({ signal: world.signal })).toBeNull();
  const letters = await client.children(`${path}-dead-letters`);
  expect(letters).toHaveLength(1);
  await client.delete(`${path}-dead-letters/${letters[0]}`);
});

test.each(['take', 'poll'] as const)(
  'what a take gives back, since its caller wants no more, is for the %s that waits beside it',
  async (way) => {
    await using world = await World.start(['/queues', path]);
    const queue = new SimpleQueue(await world.client(), path, { codec: text });
    await queue.offer('a');
    const giveUp = new AbortController();
    const first = expect(queue.take({ signal: giveUp.signal })).rejects.toThrow('no longer wanted');
    const isInHand = asked(world, 'getData');
    const second = way === 'take' ? queue.take({ signal: world.signal }) : isInHand.then(() => queue.poll({ signal: world.signal }));
    const isRead = isInHand.then(() => giveUp.abort(new Error('no longer wanted')));
    await Promise.all([first, isRead]);
    expect(await second).toBe('a');
  },
);

test('a take that has listed the queue while its only item was in the hands of another gets it when it comes back', async () => {
  await using world = await World.start(['/queues', path]);
  const { faults } = world.server;
  const queue = new SimpleQueue(await world.client(), path, { codec: text });
  await queue.offer('a');
  // Long enough for the other to list.
  for (let time = 0; time < 4; time += 1) faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation: 'delete' });
  faults.inject({ kind: 'refuse', code: 'BADVERSION' }, { operation: 'delete' });
  const isInHand = asked(world, 'delete');
  const giveUp = new AbortController();
  const first = queue.take({ signal: giveUp.signal });
  await isInHand;
  expect(await queue.take({ signal: world.signal })).toBe('a');
  giveUp.abort(new Error('no longer wanted'));
  await expect(first).rejects.toThrow('no longer wanted');
});

/** Takes for a subscriber who leaves while the item's removal is under way. */
async function leaveInMidRemoval(world: World, queue: SimpleQueue<string>): Promise<void> {
  const removing = firstValueFrom(world.server.requests$.pipe(filter(({ operation }) => operation === 'delete')));
  const subscription = queue.items$.subscribe(() => expect.unreachable('nobody listens any more'));
  await removing;
  subscription.unsubscribe();
}

test('an item that was under way to a subscriber who has left is in the queue again', async () => {
  await using world = await World.start(['/queues', path]);
  const queue = new SimpleQueue(await world.client(), path, { codec: text });
  await queue.offer('a');
  await leaveInMidRemoval(world, queue);
  expect(await queue.take({ signal: world.signal })).toBe('a');
});

test('an item that cannot be put back is told of', async () => {
  await using world = await World.start(['/queues', path]);
  const client = await world.client();
  const queue = new SimpleQueue(client, path, { codec: text });
  await queue.offer('a');
  await client.setAcl(path, [{ scheme: 'world', id: 'anyone', perms: permissions.all - permissions.create }]);
  const told = firstValueFrom(client.errors$);
  await leaveInMidRemoval(world, queue);
  expect(await told).toMatchObject({ name: 'UndeliveredItemError', path, item: 'a', cause: { name: 'NoAuthError' } });
});
