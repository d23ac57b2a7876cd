import { expect, test } from 'vitest';
import { z } from 'zod';
import { Topic, type TopicEvent } from '../../recipes/index.ts';
import { type Client, creatorAllAcl, InvalidArgumentError, NoAuthError, text } from '../../src/index.ts';
import { Probe } from '../support/probe.ts';
import { createClosed, onEveryServer } from '../support/servers.ts';

const path = '/topics/deploys';
const schema = z.object({ service: z.string() });

/** Values that are told, and the rest by their kind. */
function brief<T>(event: TopicEvent<T>): unknown {
  if (event.type === 'gap') return `gap of ${event.missed}`;
  return event.type === 'live' ? 'live' : (event.value ?? event.error?.name);
}

async function listening<T>(topic: Topic<T>): Promise<Probe<TopicEvent<T>>> {
  const events = new Probe(topic.events$);
  expect(await events.next()).toEqual({ type: 'live' });
  return events;
}

async function nextOf<T>(events: Probe<TopicEvent<T>>, count: number): Promise<readonly unknown[]> {
  const told: unknown[] = [];
  while (told.length < count) told.push(brief(await events.next()));
  return told;
}

onEveryServer('Topic', (connected) => {
  test('what is published is told to all who listen, once, in one order', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const topics = [client, other].map((each) => new Topic(each, path, text));
    const audience = await Promise.all([...topics, ...topics].map(listening));
    const published = await Promise.all([1, 2, 3, 4, 5].flatMap((number) => topics.map((topic, of) => topic.publish(`${of} ${number}`))));
    const heard = await Promise.all(audience.map((events) => nextOf(events, 10)));
    expect(new Set(heard.map((told) => told.join())).size).toBe(1);
    expect(published.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const events of audience) {
      expect(events.rest).toEqual([]);
      events[Symbol.dispose]();
    }
  });

  test('a message comes with what ZooKeeper knows of it', async () => {
    await using client = await connected();
    const topic = new Topic(client, path, schema);
    using events = await listening(topic);
    const published = await topic.publish({ service: 'billing' });
    expect(await events.next()).toEqual({ type: 'message', ...published, value: { service: 'billing' }, error: undefined });
    expect(published.number).toBe(0);
    expect(published.zxid).toBe((await client.get(published.path)).stat.czxid);
  });

  test('what was published before is not told', async () => {
    await using client = await connected();
    const topic = new Topic(client, path, text);
    await topic.publish('before');
    using events = await listening(topic);
    await topic.publish('after');
    expect(await nextOf(events, 1)).toEqual(['after']);
  });

  test('so many are kept, and publishers delete the oldest', async () => {
    await using client = await connected();
    for (const number of [1, 2, 3, 4, 5]) await new Topic(client, path, text, { keep: 3 }).publish(`${number}`);
    await client.sync(path);
    const names = await client.children(path);
    expect(names.map((name) => Number(name.slice(-10))).toSorted()).toEqual([2, 3, 4]);
    const busy = new Topic(client, path, text, { keep: 20 });
    for (let number = 0; number < 59; number += 1) await busy.publish(`${number}`);
    await client.sync(path);
    const count = (await client.children(path)).length;
    expect(count).toBeGreaterThanOrEqual(20);
    expect(count).toBeLessThanOrEqual(23);
    // Made anew, it counts from the beginning.
    await client.deleteAll(path);
    for (let number = 0; number < 40; number += 1) await busy.publish(`${number}`);
    await client.sync(path);
    expect((await client.children(path)).length).toBeLessThanOrEqual(23);
  });

  test('one that comes to an emptied topic misses nothing either', async () => {
    await using client = await connected();
    const topic = new Topic(client, path, text, { keep: 1 });
    await topic.publish('one');
    await topic.publish('two');
    await client.sync(path);
    for (const name of await client.children(path)) await client.delete(`${path}/${name}`);
    using events = await listening(topic);
    await topic.publish('three');
    expect(await nextOf(events, 1)).toEqual(['three']);
  });

  test('what cannot be decoded is told with the error, and the next ones are told', async () => {
    await using client = await connected();
    const topic = new Topic(client, path, schema);
    using events = await listening(topic);
    await new Topic(client, path, text).publish('no JSON');
    await topic.publish({ service: 'billing' });
    expect(await nextOf(events, 2)).toEqual(['MalformedDataError', { service: 'billing' }]);
  });

  test('what we may not read is told with the refusal, and the next ones are told', async ({ skip }) => {
    await using owner = await connected(undefined, { auth: [{ scheme: 'digest', credential: 'ann:secret' }] });
    if (!owner.capabilities.createAcl) skip();
    await using client = await connected(owner);
    const topic = new Topic(client, path, text);
    await topic.publish('before');
    using events = await listening(topic);
    await owner.create(`${path}/message-`, 'secret', { mode: 'persistent-sequential', acl: creatorAllAcl });
    await topic.publish('after');
    expect(await nextOf(events, 2)).toEqual(['NoAuthError', 'after']);
    await owner.deleteAll(path);
  });

  test('a stranger in the topic is passed over', async () => {
    await using client = await connected();
    const topic = new Topic(client, path, text);
    await topic.publish('before');
    await client.create(`${path}/notes`);
    using events = await listening(topic);
    await topic.publish('after');
    expect(await nextOf(events, 1)).toEqual(['after']);
  });

  test('a topic that is deleted and made anew is told as a gap', async () => {
    await using client = await connected();
    const topic = new Topic(client, path, text);
    await topic.publish('one');
    await topic.publish('two');
    using events = await listening(topic);
    await client.deleteAll(path);
    await topic.publish('anew');
    expect(await nextOf(events, 2)).toEqual(['gap of undefined', 'anew']);
    await topic.publish('next');
    expect(await nextOf(events, 1)).toEqual(['next']);
  });

  test('what does not fit is refused, and nothing is published', async () => {
    await using client = await connected();
    const topic = new Topic(client, path, schema);
    const refused = topic.publish({ service: 7 } as never);
    await expect(refused).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(refused).rejects.toMatchObject({ field: 'Topic.publish.value' });
    expect(await client.exists(path)).toBeNull();
  });

  test('no permission is told, and a closed client completes the stream', async () => {
    await using owner = await connected(undefined, { auth: [{ scheme: 'digest', credential: 'ann:secret' }] });
    await createClosed(owner, '/closed');
    const client = await connected(owner);
    const closed = new Topic(client, '/closed', text);
    using forbidden = new Probe(closed.events$);
    await expect(forbidden.next()).rejects.toBeInstanceOf(NoAuthError);
    await expect(closed.publish('x')).rejects.toBeInstanceOf(NoAuthError);
    await owner.delete('/closed');
    using events = await listening(new Topic(client, path, text));
    await client.close();
    await expect(events.next()).rejects.toThrow('the source has completed');
    await expect(new Topic(client, path, text).publish('x')).rejects.toMatchObject({ name: 'ClosedError' });
  });

  test('that it cannot be cleaned up fails no message, and goes to errors$', async () => {
    await using owner = await connected(undefined, { auth: [{ scheme: 'digest', credential: 'ann:secret' }] });
    await owner.create(path, '', { parents: true });
    await owner.setAcl(path, [...creatorAllAcl, { perms: 4, scheme: 'world', id: 'anyone' }]);
    await using client = await connected(owner);
    using errors = new Probe(client.errors$);
    await new Topic(client, path, text).publish('one');
    expect(await errors.next()).toMatchObject({ name: 'NoAuthError', path });
    await owner.deleteAll(path);
  });

  test.each<[string, (client: Client) => unknown, string]>([
    ['a relative path', (client) => new Topic(client, 'topics', text), 'Topic.path'],
    ['no codec', (client) => new Topic(client, path, 'text' as never), 'Topic.form'],
    ['nothing to keep', (client) => new Topic(client, path, text, { keep: 0 }), 'Topic.options.keep'],
    ['an unknown option', (client) => new Topic(client, path, text, { ttl: 1 } as never), 'Topic.options.ttl'],
  ])('%s is refused by name', async (_, make, field) => {
    await using client = await connected();
    expect(() => make(client)).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field }));
  });
});
