import { filter, firstValueFrom, Subject, take, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { DelayQueue, type Delivery, IdQueue, PriorityQueue, Queue } from '../../recipes/index.ts';
import {
  type CancelTimer,
  type Client,
  ClosedError,
  type Codec,
  ForeignChildrenError,
  InvalidArgumentError,
  int32,
  json,
  LeaseLostError,
  NoNodeError,
  QueueFullError,
  TakeTimeoutError,
  text,
} from '../../src/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { onEveryServer } from '../support/servers.ts';

const path = '/work';
const locks = `${path}-locks`;
const codec = text;

/** Handles items until so many have been handled; resolves with them in the order in which they came. */
async function consumed<T>(queue: Pick<Queue<T>, 'consume'>, count: number, options: object = {}): Promise<T[]> {
  const stop = new AbortController();
  const items: T[] = [];
  const note = (item: T) => {
    items.push(item);
    if (items.length === count) stop.abort();
  };
  await queue.consume(note, { ...options, signal: stop.signal });
  return items;
}

/** Resolves when so many items are in somebody's hands. */
async function claimed(client: Client, count: number): Promise<void> {
  await firstValueFrom(client.children$(locks).pipe(filter((children) => (children?.length ?? 0) === count)));
}

async function expectNothingLeft(client: Client): Promise<void> {
  await client.sync(path);
  expect(await client.children(path)).toEqual([]);
  if ((await client.exists(locks)) !== null) expect(await client.children(locks)).toEqual([]);
}

/** Time goes on only when somebody waits for just so long. */
class ClockOfThoseWhoWait extends ManualClock {
  readonly #delayMs: number;

  constructor(delayMs: number) {
    super();
    this.#delayMs = delayMs;
  }

  override setTimer(delayMs: number, action: () => void): CancelTimer {
    if (delayMs === this.#delayMs) queueMicrotask(() => this.advance(delayMs));
    return super.setTimer(delayMs, action);
  }
}

/** An item as Curator writes it. */
function framed(...items: readonly string[]): Buffer {
  const frames = items.map((item) => {
    const head = Buffer.from([1, 0, 0, 0, 0]);
    head.writeInt32BE(item.length, 1);
    return Buffer.concat([head, Buffer.from(item)]);
  });
  return Buffer.concat([Buffer.from([0, 1, 0, 1]), ...frames, Buffer.from([2])]);
}

/** As Curator puts them. */
async function putByPeer(peer: Client, ...items: readonly (readonly string[])[]): Promise<void> {
  if ((await peer.exists(path)) === null) await peer.create(path);
  for (const item of items) await peer.create(`${path}/queue-`, framed(...item), { mode: 'persistent-sequential', protect: false });
}

onEveryServer('Queue', (connected) => {
  test('items come out in the order in which they were put, at least once or at most once', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    const items = Array.from({ length: 30 }, (_, index) => `item ${index}`);
    for (const safety of ['at-least-once', 'at-most-once']) {
      expect(await queue.put('first')).toMatch(/^queue-\d{10}$/);
      expect(await queue.putAll(items)).toHaveLength(30);
      expect(await consumed(queue, 31, { safety })).toEqual(['first', ...items]);
      await expectNothingLeft(client);
    }
  });

  test('concurrent puts get names in the order of the calls', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    await queue.put('0');
    const names = await Promise.all(['1', '2', '3', '4'].map((item) => queue.put(item)));
    expect(names).toEqual(names.toSorted());
    expect(await consumed(queue, 5)).toEqual(['0', '1', '2', '3', '4']);
  });

  test('take and receive wait for an item, and give up in time or at a signal', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const queue = new Queue(client, path, { codec });
    await expect(queue.take({ timeoutMs: 50 })).rejects.toMatchObject({ name: 'TakeTimeoutError', path, timeoutMs: 50 });
    await expect(queue.receive({ timeoutMs: 50 })).rejects.toBeInstanceOf(TakeTimeoutError);
    const giveUp = new AbortController();
    const reason = new Error('no longer wanted');
    const ended = Promise.allSettled([queue.take({ signal: giveUp.signal }), queue.receive({ signal: giveUp.signal })]);
    giveUp.abort(reason);
    expect(await ended).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    const taking = queue.take();
    await new Queue(other, path, { codec }).put('a');
    expect(await taking).toBe('a');
    const receiving = queue.receive();
    await new Queue(other, path, { codec }).put('b');
    const delivery = await receiving;
    expect([delivery.item, delivery.attempt]).toEqual(['b', 1]);
    await delivery.ack();
    await expectNothingLeft(client);
  });

  test("an item in hand is nobody else's, until it is given back: then it is the first again, for its next attempt", async () => {
    await using client = await connected();
    await using other = await connected(client);
    const [ours, theirs] = [new Queue(client, path, { codec }), new Queue(other, path, { codec })];
    await ours.putAll(['a', 'b']);
    const first = await ours.receive();
    const second = await theirs.receive();
    expect([first.item, second.item]).toEqual(['a', 'b']);
    await expect(theirs.receive({ timeoutMs: 50 })).rejects.toBeInstanceOf(TakeTimeoutError);
    const waiting = theirs.receive();
    await first.release();
    const again = await waiting;
    expect([again.item, again.name, again.attempt]).toEqual(['a', first.name, 2]);
    await Promise.all([again.ack(), second.ack()]);
    await expectNothingLeft(client);
  });

  test('what a consumer has in hand when its session ends is given to another, and it is told', async () => {
    await using dying = await connected();
    await using other = await connected(dying);
    const queue = new Queue(dying, path, { codec });
    await queue.putAll(['a', 'b']);
    const lost = await queue.receive();
    const waiting = consumed(new Queue(other, path, { codec }), 2);
    await claimed(other, 1);
    await dying.close();
    expect((await waiting).toSorted()).toEqual(['a', 'b']);
    expect(lost.signal.aborted).toBe(true);
    expect(lost.signal.reason).toBeInstanceOf(LeaseLostError);
    await expect(lost.ack()).rejects.toBeInstanceOf(LeaseLostError);
    await expectNothingLeft(other);
  });

  test('a handler that fails is given the item again, and the others meanwhile', async () => {
    const retryDelayMs = 300;
    await using client = await connected(undefined, { clock: new ClockOfThoseWhoWait(retryDelayMs) });
    const queue = new Queue(client, path, { codec });
    await queue.putAll(['bad', 'good', 'better']);
    const stop = new AbortController();
    const attempts: string[] = [];
    await queue.consume(
      (item, { attempt }) => {
        attempts.push(`${item} ${attempt}`);
        if (item === 'bad' && attempt < 3) throw new Error('not yet');
        if (item === 'bad') stop.abort();
      },
      { signal: stop.signal, retryDelayMs },
    );
    expect(attempts.filter((attempt) => attempt.startsWith('bad'))).toEqual(['bad 1', 'bad 2', 'bad 3']);
    expect(attempts.slice(0, 3).toSorted()).toEqual(['bad 1', 'better 1', 'good 1']);
    await expectNothingLeft(client);
  });

  test('what fails too often goes to the dead letters, with the reason; it can be put back', async () => {
    await using client = await connected();
    const queue = new PriorityQueue(client, path, { codec, maxDeliveries: 2 });
    const name = await queue.put('bad', { priority: -5 });
    for (const reason of ['first', 'second']) {
      const delivery = await queue.receive();
      await delivery.release(new Error(reason));
    }
    await expect(queue.receive({ timeoutMs: 50 })).rejects.toBeInstanceOf(TakeTimeoutError);
    const [letter, ...others] = await queue.deadLetters();
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ reason: 'second', deliveries: 2, item: name });
    expect(letter?.data.subarray(0, 13)).toEqual(framed('bad').subarray(0, 13));
    await expectNothingLeft(client);

    await queue.put('later', { priority: 0 });
    await queue.redrive(letter?.name ?? '');
    await expect(queue.redrive(letter?.name ?? '')).rejects.toBeInstanceOf(NoNodeError);
    expect(await queue.deadLetters()).toEqual([]);
    const again = await queue.receive();
    expect([again.item, again.attempt]).toEqual(['bad', 1]);
    expect(again.name.slice(0, -10)).toBe(name.slice(0, -10));
    await again.ack();
    expect(await queue.take()).toBe('later');
  });

  test('a delivery can be rejected at once, and of several words the first counts', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    await queue.putAll(['a', 'b']);
    const [a, b] = [await queue.receive(), await queue.receive()];
    await a.reject('no such customer');
    await Promise.all([a.ack(), a.release()]);
    await b[Symbol.asyncDispose]();
    await b.ack();
    expect((await queue.deadLetters()).map(({ reason }) => reason)).toEqual(['no such customer']);
    expect((await queue.items()).map(({ name, deliveries }) => [name, deliveries])).toEqual([[b.name, 1]]);
  });

  test('an item that killed all who had it in hand goes to the dead letters', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec, maxDeliveries: 2 });
    await queue.put('deadly');
    for (let death = 0; death < 2; death += 1) {
      const victim = await connected(client);
      await new Queue(victim, path, { codec, maxDeliveries: 2 }).receive();
      await victim.close();
    }
    const giveUp = new AbortController();
    const nothing = expect(queue.receive({ signal: giveUp.signal })).rejects.toThrow('no longer wanted');
    await firstValueFrom(client.children$(`${path}-dead-letters`).pipe(filter((letters) => letters?.length === 1)));
    giveUp.abort(new Error('no longer wanted'));
    await nothing;
    expect(await queue.deadLetters()).toMatchObject([{ deliveries: 2 }]);
    await expectNothingLeft(client);
  });

  test.each(['at-least-once', 'at-most-once'] as const)(
    '%s: what cannot be read goes to the dead letters, and the line goes on',
    async (safety) => {
      await using client = await connected();
      const queue = new Queue(client, path, { codec: json(z.object({ n: z.number() })) });
      await queue.put({ n: 1 });
      await client.create(`${path}/queue-`, 'no frame', { mode: 'persistent-sequential', protect: false });
      await client.create(`${path}/queue-`, framed('{"n":"two"}'), { mode: 'persistent-sequential', protect: false });
      await queue.put({ n: 3 });
      expect(await consumed(queue, 2, { safety })).toEqual([{ n: 1 }, { n: 3 }]);
      const dead = await queue.deadLetters();
      expect(dead.map(({ data }) => data.toString('latin1'))).toEqual(['no frame', framed('{"n":"two"}').toString('latin1')]);
      expect(dead.map(({ deliveries }) => deliveries)).toEqual([0, 0]);
      for (const { reason } of dead) expect(reason.length).toBeGreaterThan(10);
      await expectNothingLeft(client);
    },
  );

  test('what another can read, and has in hand, is not moved to the dead letters by one who cannot', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    await queue.put('a');
    const delivery = await queue.receive();
    await expect(new Queue(client, path, { codec: int32 }).receive({ timeoutMs: 50 })).rejects.toBeInstanceOf(TakeTimeoutError);
    expect(await queue.deadLetters()).toEqual([]);
    await delivery.ack();
    await expectNothingLeft(client);
  });

  test('strangers among the items are passed over, and reported once', async () => {
    await using client = await connected();
    const reports: Error[] = [];
    client.errors$.subscribe((error) => reports.push(error));
    const queue = new Queue(client, path, { codec });
    await queue.put('a');
    await client.create(`${path}/config`, 'x');
    expect(await queue.take()).toBe('a');
    await queue.put('b');
    expect(await queue.take()).toBe('b');
    expect(reports).toEqual([expect.any(ForeignChildrenError)]);
    expect(reports[0]).toMatchObject({ path, children: ['config'] });
    expect(await queue.items()).toEqual([]);
  });

  test("Curator's items are read, and several in one znode are settled together", async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    await putByPeer(client, ['a'], ['b', 'c'], ['d']);
    expect(await consumed(queue, 4)).toEqual(['a', 'b', 'c', 'd']);
    await putByPeer(client, ['a', 'b']);
    expect([await queue.take(), await queue.take()]).toEqual(['a', 'b']);
    await putByPeer(client, ['a', 'b']);
    const [a, b] = [await queue.receive(), await queue.receive()];
    expect([a.item, b.item, a.name === b.name]).toEqual(['a', 'b', true]);
    await a.ack();
    expect(await client.children(path)).toHaveLength(1);
    await b.ack();
    await expectNothingLeft(client);
  });

  test("a claim of Curator's is respected, and waited for", async () => {
    await using client = await connected();
    await using peer = await connected(client);
    const queue = new Queue(client, path, { codec });
    const name = await queue.put('a');
    await peer.create(locks);
    await peer.create(`${locks}/${name}`, '10.0.0.5', { mode: 'ephemeral' });
    await expect(queue.receive({ timeoutMs: 50 })).rejects.toBeInstanceOf(TakeTimeoutError);
    const waiting = queue.receive();
    // By then it has looked, and waits.
    for (let times = 0; times < 8; times += 1) await client.sync(path);
    await peer.delete(`${locks}/${name}`);
    await (await waiting).ack();
    await expectNothingLeft(client);
  });

  test('several consumers share the items, and each is handled once', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const items = Array.from({ length: 120 }, (_, index) => `item ${index}`);
    for (const safety of ['at-least-once', 'at-most-once'] as const) {
      await new Queue(client, path, { codec }).putAll(items);
      const stop = new AbortController();
      const seen: string[] = [];
      const note = (item: string) => {
        seen.push(item);
        if (seen.length === items.length) stop.abort();
      };
      const consumers = [client, other, client].map((each, index) => {
        const options = { concurrency: 1 + index, signal: stop.signal };
        const queue = new Queue(each, path, { codec });
        return safety === 'at-most-once' ? queue.consume(note, { ...options, safety }) : queue.consume(note, options);
      });
      await Promise.all(consumers);
      expect(seen.toSorted()).toEqual(items.toSorted());
      await expectNothingLeft(client);
    }
  });

  test('no more handlers run at a time than are allowed to, and a slow one keeps nothing back from others', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const queue = new Queue(client, path, { codec });
    await queue.putAll(['1', '2', '3', '4', '5', '6']);
    const stop = new AbortController();
    const release = new AbortController();
    const running: string[] = [];
    const consuming = queue.consume(
      async (item) => {
        running.push(item);
        await new Promise<void>((resolve) => release.signal.addEventListener('abort', () => resolve()));
      },
      { concurrency: 2, signal: stop.signal },
    );
    await claimed(client, 2);
    expect(await consumed(new Queue(other, path, { codec }), 4)).toEqual(['3', '4', '5', '6']);
    expect(running).toEqual(['1', '2']);
    stop.abort();
    release.abort();
    await consuming;
    await expectNothingLeft(client);
  });

  test('a drain ends at once when there is nothing, and after what is in hand otherwise', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    await queue.consume(() => {}, { signal: AbortSignal.abort() });
    const stop = new AbortController();
    const idle = queue.consume(() => {}, { signal: stop.signal });
    await queue.put('a');
    await firstValueFrom(queue.depth$.pipe(filter((depth) => depth === 0)));
    stop.abort();
    await idle;
    await expectNothingLeft(client);
  });

  test('a handler of an item that was removed fails alone', async () => {
    await using client = await connected();
    const reports: Error[] = [];
    client.errors$.subscribe((error) => reports.push(error));
    const queue = new Queue(client, path, { codec });
    await queue.putAll(['bad', 'good']);
    const stop = new AbortController();
    const seen: string[] = [];
    const handler = (item: string) => {
      seen.push(item);
      if (item === 'bad') throw new Error('no');
      stop.abort();
    };
    await queue.consume(handler, { safety: 'at-most-once', signal: stop.signal });
    expect(seen).toEqual(['bad', 'good']);
    expect(reports.map(({ message }) => message)).toEqual(['no']);
  });

  test('the observable emits no more deliveries than may be unsettled, and gives back what nobody heard of', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    await queue.putAll(['1', '2', '3']);
    const seen: Delivery<string>[] = [];
    const emitted$ = new Subject<number>();
    const subscription = queue.deliveries$({ concurrency: 2 }).subscribe((delivery) => emitted$.next(seen.push(delivery)));
    await firstValueFrom(emitted$.pipe(filter((count) => count === 2)));
    await client.sync(path);
    expect(seen.map(({ item }) => item)).toEqual(['1', '2']);
    const third = firstValueFrom(emitted$);
    await seen[0]?.ack();
    expect(await third).toBe(3);
    subscription.unsubscribe();
    await seen[1]?.ack();
    await seen[2]?.ack();
    await expectNothingLeft(client);
    for (let ticks = 0; ticks < 12; ticks += 1) {
      await queue.put('x');
      const early = queue.deliveries$().subscribe((delivery) => void delivery.ack());
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      early.unsubscribe();
    }
    const rest = await client.children(path);
    if (rest.length > 0) await consumed(queue, rest.length);
    await expectNothingLeft(client);
  });

  test('the iterator gives one after the other, and leaving the loop leaves the rest', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    await queue.putAll(['1', '2', '3']);
    const seen: string[] = [];
    for await (const delivery of queue.deliveries()) {
      seen.push(delivery.item);
      await delivery.ack();
      if (delivery.item === '2') break;
    }
    expect(seen).toEqual(['1', '2']);
    const stop = new AbortController();
    for await (const delivery of queue.deliveries({ signal: stop.signal })) {
      seen.push(delivery.item);
      await delivery.ack();
      stop.abort();
    }
    expect(seen).toEqual(['1', '2', '3']);
    await expectNothingLeft(client);
  });

  test('a full queue lets a put wait, refuses it, or lets it wait in vain', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const queue = new Queue(client, path, { codec, maxItems: 2 });
    await queue.putAll(['1', '2']);
    await expect(queue.put('3', { whenFull: 'fail' })).rejects.toMatchObject({ name: 'QueueFullError', path, maxItems: 2 });
    await expect(queue.put('3', { timeoutMs: 50 })).rejects.toBeInstanceOf(QueueFullError);
    await expect(queue.putAll(['3', '4', '5'], { whenFull: 'fail' })).rejects.toBeInstanceOf(QueueFullError);
    await expect(queue.putAll(['3', '4', '5'], { timeoutMs: 50 })).rejects.toBeInstanceOf(QueueFullError);
    const giveUp = new AbortController();
    const reason = new Error('enough');
    const ended = expect(queue.put('3', { signal: giveUp.signal })).rejects.toBe(reason);
    const waiting = [queue.put('3'), queue.put('4')];
    giveUp.abort(reason);
    await ended;
    const taker = new Queue(other, path, { codec });
    expect([await taker.take(), await taker.take(), await taker.take(), await taker.take()]).toEqual(['1', '2', '3', '4']);
    await Promise.all(waiting);
    await expectNothingLeft(client);
  });

  test('many puts into a small queue all come through, and never pass its bound', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const queue = new Queue(client, path, { codec, maxItems: 3 });
    const items = Array.from({ length: 25 }, (_, index) => `item ${index}`);
    const depths: number[] = [];
    const watching = queue.depth$.subscribe((depth) => depths.push(depth));
    const puts = items.map((item) => queue.put(item));
    expect(await consumed(new Queue(other, path, { codec }), 25)).toEqual(items);
    await Promise.all(puts);
    watching.unsubscribe();
    expect(Math.max(...depths)).toBeLessThanOrEqual(3);
  });

  test('depth, age and list of the items can be looked at', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    const depths = firstValueFrom(queue.depth$.pipe(take(3), toArray()));
    expect(await firstValueFrom(queue.oldestAge$())).toBeNull();
    const aged = firstValueFrom(queue.oldestAge$({ everyMs: 5 }).pipe(filter((age) => age !== null && age > 20)));
    await queue.put('abc');
    await queue.put('b');
    expect(await aged).toBeLessThan(60_000);
    const [first, second, ...others] = await queue.items();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ name: 'queue-0000000000', sizeBytes: 29, deliveries: 0 });
    expect(Math.abs((first?.putAt.getTime() ?? 0) - Date.now())).toBeLessThan(600_000);
    expect(second?.name).toBe('queue-0000000001');
    expect(await queue.items({ limit: 1 })).toHaveLength(1);
    await queue.take();
    expect((await depths)[0]).toBe(0);
  });

  test('the age begins anew with the next oldest', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    await queue.put('a');
    const ages: (number | null)[] = [];
    const watching = queue.oldestAge$({ everyMs: 5 }).subscribe((age) => ages.push(age));
    await queue.take();
    await firstValueFrom(queue.oldestAge$({ everyMs: 5 }).pipe(filter((age) => age === null)));
    await queue.put('b');
    await firstValueFrom(queue.oldestAge$({ everyMs: 5 }).pipe(filter((age) => age !== null)));
    watching.unsubscribe();
    expect(ages[0]).not.toBeNull();
  });

  test('a check of a delivery holds in a transaction while the item is in hand, and not afterwards', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec });
    await queue.put('a');
    const delivery = await queue.receive();
    const operation = delivery.check();
    expect(operation).toEqual({ op: 'check', path: `${locks}/${delivery.name}` });
    if (client.capabilities.multi) await client.transaction([operation, { op: 'create', path: '/done' }]);
    await delivery.ack();
    await expect(client.get(operation.path)).rejects.toBeInstanceOf(NoNodeError);
  });

  test('on a closed client it says so', async () => {
    await using client = await connected();
    const queue = new Queue(client, path, { codec, maxItems: 5 });
    await queue.put('a');
    const delivery = await queue.receive();
    await client.close();
    const refused = [
      queue.put('a'),
      queue.putAll(['a']),
      queue.take(),
      queue.receive(),
      queue.consume(() => {}),
      queue.consume(() => {}, { safety: 'at-most-once' }),
      queue.items(),
      queue.deadLetters(),
      queue.redrive('x'),
      firstValueFrom(queue.depth$),
      firstValueFrom(queue.oldestAge$()),
      firstValueFrom(queue.deliveries$()),
      queue.deliveries().next(),
      new IdQueue(client, path, { codec }).remove('x'),
    ];
    await Promise.all(refused.map((call) => expect(call).rejects.toBeInstanceOf(ClosedError)));
    await expect(delivery.ack()).rejects.toBeInstanceOf(LeaseLostError);
  });

  test.each([
    ['a relative path', 'work', { codec }, 'Queue.path'],
    ['no codec', path, {}, 'Queue.options.codec'],
    ['a codec that is none', path, { codec: 'text' }, 'Queue.options.codec'],
    ['an unknown option', path, { codec, fifo: true }, 'Queue.options.fifo'],
    ['a relative lock path', path, { codec, lockPath: 'locks' }, 'Queue.options.lockPath'],
    ['the queue as lock path', path, { codec, lockPath: path }, 'Queue.options.lockPath'],
    ['the queue as dead-letter path', path, { codec, deadLetterPath: path }, 'Queue.options.deadLetterPath'],
    ['no deliveries', path, { codec, maxDeliveries: 0 }, 'Queue.options.maxDeliveries'],
    ['no room', path, { codec, maxItems: 0 }, 'Queue.options.maxItems'],
  ])('%s is refused by name', async (_, where, options, field) => {
    await using client = await connected();
    expect(() => new Queue(client, where, options as { codec: Codec<string> })).toThrow(
      expect.objectContaining({ name: 'InvalidArgumentError', field }),
    );
  });

  test.each<[string, string, (client: Client) => Promise<unknown>]>([
    [
      'a put that waits for nothing',
      'Queue.put.whenFull',
      (client) => new Queue(client, path, { codec }).put('a', { whenFull: 'perhaps' } as never),
    ],
    ['an unknown option of a put', 'Queue.put.priority', (client) => new Queue(client, path, { codec }).put('a', { priority: 3 } as never)],
    [
      'an item that the codec cannot write',
      'Queue.put.item',
      (client) => new Queue(client, path, { codec: json(z.number()) }).put('a' as never),
    ],
    [
      'one of many that cannot be written',
      'Queue.putAll.items.1',
      (client) => new Queue(client, path, { codec: json(z.number()) }).putAll([1, 'a' as never]),
    ],
    [
      'a priority that is none',
      'PriorityQueue.put.priority',
      (client) => new PriorityQueue(client, path, { codec }).put('a', { priority: 1.5 }),
    ],
    ['no priority', 'PriorityQueue.put.priority', (client) => new PriorityQueue(client, path, { codec }).put('a', {} as never)],
    ['a negative delay', 'DelayQueue.put.delayMs', (client) => new DelayQueue(client, path, { codec }).put('a', { delayMs: -1 })],
    ['a delay without end', 'DelayQueue.put.delayMs', (client) => new DelayQueue(client, path, { codec }).put('a', { delayMs: 1e30 })],
    ['neither delay nor time', 'DelayQueue.put.delayMs', (client) => new DelayQueue(client, path, { codec }).put('a', {} as never)],
    ['a time that is none', 'DelayQueue.put.at', (client) => new DelayQueue(client, path, { codec }).put('a', { at: new Date('x') })],
    ['no id', 'IdQueue.put.id', (client) => new IdQueue(client, path, { codec }).put('a', { id: '' })],
    ['no id to remove', 'IdQueue.remove.id', (client) => new IdQueue(client, path, { codec }).remove('')],
    ['no handlers', 'Queue.consume.concurrency', (client) => new Queue(client, path, { codec }).consume(() => {}, { concurrency: 0 })],
    [
      'an unknown safety',
      'Queue.consume.safety',
      (client) => new Queue(client, path, { codec }).consume(() => {}, { safety: 'exactly-once' } as never),
    ],
    ['a time to take that is none', 'Queue.take.timeoutMs', (client) => new Queue(client, path, { codec }).take({ timeoutMs: 0 })],
  ])('%s is refused by name, and nothing is sent', async (_, field, attempt) => {
    await using client = await connected();
    const refused = attempt(client);
    await expect(refused).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(refused).rejects.toMatchObject({ field });
    expect(await client.exists(path)).toBeNull();
  });
});

onEveryServer('PriorityQueue', (connected) => {
  test('the lowest number comes first, and of several the one that was put first', async () => {
    await using client = await connected();
    const queue = new PriorityQueue(client, path, { codec });
    for (const priority of [5, -1, 0, 2 ** 31 - 1, -(2 ** 31), 5]) await queue.put(`${priority}`, { priority });
    await queue.putAll(['a', 'b'], { priority: -1 });
    expect(await consumed(queue, 8)).toEqual(['-2147483648', '-1', 'a', 'b', '0', '5', '5', '2147483647']);
  });

  test('a better item that is put while others are worked off overtakes them, and one that is given back keeps its place', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const queue = new PriorityQueue(client, path, { codec });
    await queue.putAll(['a', 'b', 'c', 'd'], { priority: 7 });
    expect(await queue.take()).toBe('a');
    const held = await queue.receive();
    await new PriorityQueue(other, path, { codec }).put('urgent', { priority: 1 });
    await held.release();
    expect([await queue.take(), await queue.take()]).toEqual(['urgent', 'b']);
    expect(await queue.take()).toBe('c');
  });
});

onEveryServer('DelayQueue', (connected) => {
  test('nothing comes before it is due, and what is due first comes first', async () => {
    await using client = await connected();
    const queue = new DelayQueue(client, path, { codec });
    await queue.put('far', { delayMs: 3_600_000_000 });
    await queue.put('now', { delayMs: 0 });
    expect(await queue.take()).toBe('now');
    await expect(queue.take({ timeoutMs: 20 })).rejects.toBeInstanceOf(TakeTimeoutError);
    const due = client.clock.wallTime() + 250;
    await queue.put('late', { at: new Date(due + 100) });
    await queue.put('soon', { at: new Date(due) });
    expect(await queue.take()).toBe('soon');
    expect(client.clock.wallTime()).toBeGreaterThanOrEqual(due);
    const delivery = await queue.receive();
    expect(delivery.item).toBe('late');
    await delivery.release();
    expect((await queue.receive()).name).toBe(delivery.name);
  });

  test('an item that is due far in the future holds up nobody, not even one that is put later', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const queue = new DelayQueue(client, path, { codec });
    await queue.put('far', { delayMs: 3_600_000_000 });
    const taking = queue.take();
    await new DelayQueue(other, path, { codec }).put('near', { delayMs: 50 });
    expect(await taking).toBe('near');
    expect(await client.children(path)).toHaveLength(1);
  });
});

onEveryServer('IdQueue', (connected) => {
  test('items come in the order of the puts, and can be taken back by their id', async () => {
    await using client = await connected();
    const queue = new IdQueue(client, path, { codec });
    for (const [item, id] of [
      ['1', 'z'],
      ['2', 'a/b'],
      ['3', 'a'],
      ['4', 'a/b'],
    ] as const)
      await queue.put(item, { id });
    expect(await queue.remove('a/b')).toBe(2);
    expect(await queue.remove('a/b')).toBe(0);
    expect(await consumed(queue, 2)).toEqual(['1', '3']);
    await expectNothingLeft(client);
  });

  test('an item in hand is not taken back, and given back it has its id', async () => {
    await using client = await connected();
    const queue = new IdQueue(client, path, { codec });
    await queue.put('1', { id: 'a' });
    const delivery = await queue.receive();
    expect(await queue.remove('a')).toBe(0);
    await delivery.release();
    expect(await queue.remove('a')).toBe(1);
    await expectNothingLeft(client);
  });
});
