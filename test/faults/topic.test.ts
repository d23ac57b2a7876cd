import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { Topic } from '../../recipes/index.ts';
import { OperationTimeoutError, text } from '../../src/index.ts';
import { Probe } from '../support/probe.ts';
import { sweepFaults } from '../support/sweep.ts';
import { World } from '../support/world.ts';

const path = '/topics/t';
const mayStay = ['/topics', path];

sweepFaults('every message is told to every subscriber, once and in one order', {
  mayStay,
  play: async (world) => {
    const [one, other] = [await world.client(), await world.client()];
    const audience = [one, other].map((client) => new Probe(new Topic(client, path, text).events$));
    for (const events of audience) expect(await events.next()).toEqual({ type: 'live' });
    const said = ['a', 'b', 'c'];
    const talking = [one, other].map(async (client, who) => {
      const topic = new Topic(client, path, text);
      for (const word of said) await topic.publish(`${who} ${word}`, { signal: world.signal });
    });
    const heard = await Promise.all(audience.map((events) => values(events, said.length * talking.length)));
    await Promise.all(talking);
    expect(heard[1]).toEqual(heard[0]);
    for (const who of [0, 1]) expect(heard[0]?.filter((value) => value.startsWith(`${who}`))).toEqual(said.map((word) => `${who} ${word}`));
    for (const events of audience) {
      expect(events.rest).toEqual([]);
      events[Symbol.dispose]();
    }
    for (const name of await one.children(path)) await one.deleteAll(`${path}/${name}`);
  },
});

async function values(
  events: Probe<{ readonly type: string; readonly value?: string | undefined }>,
  count: number,
): Promise<readonly string[]> {
  const told: string[] = [];
  while (told.length < count) {
    const event = await events.next();
    told.push(event.value ?? event.type);
  }
  return told;
}

sweepFaults('what is beyond the number to keep is deleted for sure', {
  mayStay,
  play: async (world, ends) => {
    const client = await world.client();
    const topic = new Topic(client, path, text, { keep: 1 });
    for (const word of ['a', 'b', 'c']) await topic.publish(word, { signal: world.signal });
    await client.sync(path);
    const names = await client.children(path);
    // A cleaning that was cut off is made up for by the next one.
    if (ends === 'none') expect(names.length).toBeLessThanOrEqual(2);
    // The deletion of some may still be under way.
    for (const name of names) await client.deleteAll(`${path}/${name}`);
  },
});

test('what a subscriber has missed for good is told as a gap, as many as there were', async () => {
  await using world = await World.start(mayStay);
  const [listener, talker] = [await world.client(), await world.client()];
  const topic = new Topic(talker, path, text, { keep: 2 });
  using events = new Probe(new Topic(listener, path, text).events$);
  expect(await events.next()).toEqual({ type: 'live' });
  await topic.publish('0');
  expect(await events.next()).toMatchObject({ value: '0' });
  const sessionId = listener.session?.id;
  world.server.faults.pause(sessionId);
  for (const word of ['1', '2', '3', '4', '5']) await topic.publish(word);
  await talker.sync(path);
  world.server.faults.resume();
  let missed = 0;
  const told: string[] = [];
  while (missed + told.length < 5) {
    const event = await events.next();
    if (event.type === 'gap') missed += event.missed ?? Number.NaN;
    if (event.type === 'message' && event.error === undefined) told.push(event.value);
  }
  // Publishers clean up every other time, when so few are to be kept.
  expect({ missed, told }).toEqual({ missed: 2, told: ['3', '4', '5'] });
  for (const name of await talker.children(path)) await talker.delete(`${path}/${name}`);
});

test('what could not be published in time is gone when it is found', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  const topic = new Topic(client, path, text);
  await topic.publish('one');
  world.server.faults.inject({ kind: 'cut-after-apply' }, { operation: 'create2' });
  world.server.faults.refuseConnections(true);
  const suspended = firstValueFrom(client.state$.pipe(filter((state) => state === 'suspended')));
  await expect(topic.publish('two', { timeoutMs: 200 })).rejects.toBeInstanceOf(OperationTimeoutError);
  await suspended;
  expect(world.server.paths().filter((each) => each.startsWith(`${path}/`))).toHaveLength(2);
  world.server.faults.refuseConnections(false);
  const left = new Probe(client.children$(path));
  const [name] = (await left.until((names) => names?.length === 1)) ?? [];
  left[Symbol.dispose]();
  await client.delete(`${path}/${name}`);
});

test('whoever has stopped listening before there is contact asks nothing when there is', async () => {
  await using world = await World.start();
  const client = await world.client();
  world.server.faults.refuseConnections(true);
  world.server.faults.dropConnections();
  await firstValueFrom(client.state$.pipe(filter((state) => state === 'suspended')));
  const events = new Probe(new Topic(client, path, text).events$);
  events[Symbol.dispose]();
  const served: unknown[] = [];
  world.server.requests$.subscribe(({ operation }) => served.push(operation));
  world.server.faults.refuseConnections(false);
  await client.exists('/');
  expect(served).not.toContain('getChildren2');
});

test('a message costs one flight, and a tenth of the number to keep is published between two cleanings', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  const topic = new Topic(client, path, text, { keep: 20 });
  const served: unknown[] = [];
  world.server.requests$.subscribe(({ operation }) => served.push(operation));
  await Promise.all(['a', 'b', 'c'].map((word) => topic.publish(word)));
  expect(served.filter((operation) => operation === 'getChildren')).toHaveLength(1);
  served.length = 0;
  for (const word of ['d', 'e', 'f', 'g']) await topic.publish(word);
  expect(served).toEqual(['create2', 'getChildren', 'create2', 'create2', 'create2', 'getChildren']);
  await client.deleteAll(path);
});
