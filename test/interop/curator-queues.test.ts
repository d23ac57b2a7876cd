import { filter, firstValueFrom, mergeMap, type Observable, Subject, take, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { DelayQueue, IdQueue, PriorityQueue, Queue, SimpleQueue } from '../../recipes/index.ts';
import { type Client, json, text } from '../../src/index.ts';
import { besideCurator } from '../support/beside-curator.ts';
import { namesAt } from '../support/names-at.ts';
import { Probe } from '../support/probe.ts';

/** Resolves when there are so many claims. */
async function claimed(client: Client, lockPath: string, count: number): Promise<void> {
  await firstValueFrom(client.children$(lockPath).pipe(filter((names) => names?.length === count)));
}

/** Takes so many items, one after the other. */
async function drained(queue: { take(): Promise<string> }, count: number): Promise<readonly string[]> {
  const items: string[] = [];
  while (items.length < count) items.push(await queue.take());
  return items;
}

/** The first so many items that a consumer of Java's is given, each of which it handles. */
async function handled(consumer: { items$: Observable<string>; end(): Promise<boolean> }, count: number): Promise<readonly string[]> {
  const ended$ = consumer.items$.pipe(
    mergeMap(async (item) => {
      await consumer.end();
      return item;
    }, 1),
  );
  return await firstValueFrom(ended$.pipe(take(count), toArray()));
}

besideCurator('queues', (peers) => {
  test('what Java puts we take, also several in one znode', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const ofJava = java.queue('/fifo-in');
    await ofJava.put('a');
    await ofJava.putAll(['b', 'c']);
    await ofJava.put('d');
    expect(await drained(new Queue(client, '/fifo-in', { codec: text }), 4)).toEqual(['a', 'b', 'c', 'd']);
    expect(await namesAt(client, '/fifo-in')).toEqual([]);
  });

  test('what we put Java takes, and does not mind the mark behind it', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const [path, itsPath] = ['/fifo-out', '/fifo-theirs'];
    const name = await new Queue(client, path, { codec: text }).put('a');
    await java.queue(itsPath).put('a');
    const [ours, theirs] = await Promise.all([client.get(`${path}/${name}`), client.get(`${itsPath}/queue-0000000000`)]);
    expect(ours.data.subarray(0, theirs.data.length)).toEqual(theirs.data);
    expect(ours.data.length).toBe(theirs.data.length + 16);

    const consumer = java.queue(path).consumer('one');
    await consumer.start();
    await new Queue(client, path, { codec: text }).putAll(['b', 'c']);
    expect(await handled(consumer, 3)).toEqual(['a', 'b', 'c']);
    await consumer.close();
    expect(await namesAt(client, path)).toEqual([]);
  });

  test('priorities mean the same on both sides', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/priorities';
    const [queue, ofJava] = [new PriorityQueue(client, path, { codec: text }), java.queue(path, { kind: 'priority' })];
    const fill = async () => {
      await ofJava.put('1', { priority: 1 });
      await queue.put('-2', { priority: -2 });
      await ofJava.put('-2147483648', { priority: -(2 ** 31) });
      await queue.put('2147483647', { priority: 2 ** 31 - 1 });
      await queue.put('0', { priority: 0 });
    };
    const inOrder = ['-2147483648', '-2', '0', '1', '2147483647'];
    await fill();
    expect(await drained(queue, 5)).toEqual(inOrder);
    await fill();
    const consumer = ofJava.consumer('one');
    await consumer.start();
    expect(await handled(consumer, 5)).toEqual(inOrder);
    await consumer.close();
  });

  test('nobody takes what is not due, whoever has put it', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/delays';
    const [queue, ofJava] = [new DelayQueue(client, path, { codec: text }), java.queue(path, { kind: 'delay' })];
    const far = new Date('2100-01-01');
    await ofJava.put('far', { dueAt: far.getTime() });
    await ofJava.put('past 2', { dueAt: 2_000 });
    await queue.put('past 1', { at: new Date(1_000) });
    expect(await drained(queue, 2)).toEqual(['past 1', 'past 2']);
    await queue.put('far too', { at: far });
    await queue.put('soon', { delayMs: 200 });
    const consumer = ofJava.consumer('one');
    await consumer.start();
    expect(await handled(consumer, 1)).toEqual(['soon']);
    await consumer.close();
    expect(await client.children(path)).toHaveLength(2);
    await expect(queue.take({ timeoutMs: 100 })).rejects.toMatchObject({ name: 'TakeTimeoutError' });
  });

  test('items are removed by their id, whoever has put them, and keep their order', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/ids';
    const [queue, ofJava] = [new IdQueue(client, path, { codec: text }), java.queue(path, { kind: 'id' })];
    await ofJava.put('z', { itemId: 'z/1' });
    await queue.put('a', { id: 'a|1' });
    await ofJava.put('m', { itemId: 'm' });
    await queue.put('m too', { id: 'm' });
    await queue.put('b', { id: 'b' });
    expect(await queue.remove('m')).toBe(2);
    expect(await ofJava.remove('b')).toBe(1);
    expect(await drained(queue, 2)).toEqual(['z', 'a']);
    expect(await namesAt(client, path)).toEqual([]);
  });

  test('an item that one of us has in hand is given to nobody else, and then to whoever asks', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const [path, lockPath] = ['/claims', '/claims-locks'];
    const queue = new Queue(client, path, { codec: text, lockPath });
    await queue.putAll(['a', 'b']);
    const a = await queue.receive();
    const consumer = java.queue(path, { lockPath }).consumer('one');
    using given = new Probe(consumer.items$);
    await consumer.start();
    expect([a.item, await given.next()]).toEqual(['a', 'b']);
    await claimed(client, lockPath, 2);
    await expect(queue.receive({ timeoutMs: 200 })).rejects.toMatchObject({ name: 'TakeTimeoutError' });

    await a.release('somebody else is to do it');
    const anew = await new Queue(client, path, { codec: text, lockPath }).receive();
    expect([anew.item, anew.attempt]).toEqual(['a', 2]);
    await anew.ack();
    // It is interrupted in the middle of it.
    await consumer.close();
    const theirs = await queue.receive();
    expect(theirs.item).toBe('b');
    await theirs.ack();
    expect(await namesAt(client, path)).toEqual([]);
    expect(await namesAt(client, lockPath)).toEqual([]);
  });

  test('what a killed Java process had in hand comes to us, what we had when our session ended goes to Java', {
    timeout: 60_000,
  }, async (context) => {
    const { java, startJava, connected } = await peers(context);
    await using doomed = await startJava({ sessionTimeoutMs: 4_000 });
    await using client = await connected();
    const [path, lockPath] = ['/crashes', '/crashes-locks'];
    const queue = new Queue(client, path, { codec: text, lockPath });
    const victim = doomed.queue(path, { lockPath }).consumer('victim');
    using given = new Probe(victim.items$);
    await victim.start();
    await queue.put('a');
    expect(await given.next()).toBe('a');
    doomed.signal('SIGKILL');
    const ours = await queue.receive();
    expect(ours.item).toBe('a');

    const heir = java.queue(path, { lockPath }).consumer('heir');
    using inherited = new Probe(heir.items$);
    await heir.start();
    await client.close();
    // Curator looks again when the queue changes, and at nothing else: not when a claim goes.
    await java.queue(path).put('b');
    expect(await inherited.next()).toBe('a');
    await heir.end();
    expect(await inherited.next()).toBe('b');
    await heir.end();
    await heir.close();
  });

  test('under load, with consumers on both sides, each item is handled once', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const [path, lockPath] = ['/load', '/load-locks'];
    const items = Array.from({ length: 150 }, (_, n) => [`ours ${n}`, `theirs ${n}`]).flat();
    const [queue, ofJava] = [new Queue(client, path, { codec: text, lockPath }), java.queue(path, { lockPath })];
    const seen$ = new Subject<string>();
    const all = firstValueFrom(seen$.pipe(take(items.length), toArray()));
    const consumers = ['one', 'two'].map((id) => ofJava.consumer(id));
    const relays = consumers.map(({ items$, end }) =>
      items$.pipe(mergeMap((item) => end().then(() => item))).subscribe((item) => seen$.next(item)),
    );
    const stop = new AbortController();
    await Promise.all(consumers.map((consumer) => consumer.start()));
    const consuming = queue.consume((item) => seen$.next(item), { concurrency: 4, signal: stop.signal });
    await Promise.all(items.map((item) => (item.startsWith('ours') ? queue.put(item) : ofJava.put(item, { thread: item.slice(-1) }))));
    expect((await all).toSorted()).toEqual(items.toSorted());
    await firstValueFrom(queue.depth$.pipe(filter((depth) => depth === 0)));
    stop.abort();
    await consuming;
    for (const relay of relays) relay.unsubscribe();
    await Promise.all(consumers.map((consumer) => consumer.close()));
  });

  test('a queue that is full for one is full for the other', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/bounded';
    const [queue, ofJava] = [new Queue(client, path, { codec: text, maxItems: 2 }), java.queue(path, { maxItems: 2 })];
    await ofJava.put('a');
    await queue.put('b');
    await expect(queue.put('c', { whenFull: 'fail' })).rejects.toMatchObject({ name: 'QueueFullError', maxItems: 2 });
    // Curator goes by what it has heard of the queue, which may be old: some more go in before it finds it full.
    let count = 2;
    while (count < 100 && (await ofJava.put('more', { timeoutMs: 200 }))) count += 1;
    expect(count).toBeLessThan(100);

    const itsPut = ofJava.put('last', { timeoutMs: 30_000, thread: 'waiting' });
    const before = await drained(queue, count);
    expect(before.slice(0, 2)).toEqual(['a', 'b']);
    expect(await itsPut).toBe(true);
    expect(await queue.take()).toBe('last');
  });

  test('what Java puts and we cannot decode goes to the dead letters, and the line goes on', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/poison';
    const queue = new Queue(client, path, { codec: json(z.object({ n: z.number() })) });
    const ofJava = java.queue(path);
    for (const item of ['{"n":1}', 'not JSON', '{"n":"two"}', '{"n":3}']) await ofJava.put(item);
    expect([await queue.take(), await queue.take()]).toEqual([{ n: 1 }, { n: 3 }]);
    expect(await queue.deadLetters()).toMatchObject([{ item: 'queue-0000000001' }, { item: 'queue-0000000002' }]);
  });
});

besideCurator('SimpleQueue and SimpleDistributedQueue', (peers) => {
  test('each takes what the other puts, in one order, and waits for it', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/simple';
    const [queue, ofJava] = [new SimpleQueue(client, path, { codec: text }), java.simpleQueue(path)];
    const weWait = queue.take();
    await ofJava.offer('a');
    expect(await weWait).toBe('a');
    const javaWaits = ofJava.take({ thread: 'waiting' });
    await queue.offer('b');
    expect(await javaWaits).toBe('b');

    for (const item of ['c', 'e']) {
      await ofJava.offer(item);
      await queue.offer(`${item}'`);
    }
    expect([await queue.peek(), await ofJava.peek()]).toEqual(['c', 'c']);
    expect([await ofJava.take(), await queue.take(), await ofJava.poll(), await queue.poll()]).toEqual(['c', "c'", 'e', "e'"]);
    expect([await ofJava.poll({ timeoutMs: 50 }), await queue.poll()]).toEqual([null, null]);
  });
});
