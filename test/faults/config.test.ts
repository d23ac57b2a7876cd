import { expect, test } from 'vitest';
import { z } from 'zod';
import { Config } from '../../recipes/index.ts';
import { OutcomeUnknownError } from '../../src/index.ts';
import { Probe } from '../support/probe.ts';
import { sweepFaults } from '../support/sweep.ts';
import { World } from '../support/world.ts';

const path = '/config/c';
const directory = '/config/history';
const schema = z.object({ steps: z.array(z.string()) });
const defaults = { steps: [] };

for (const history of [undefined, { keep: 2, path: directory }]) {
  sweepFaults(`a configuration that two change${history === undefined ? '' : ', and keep'}: no change is lost, and none is made twice`, {
    mayStay: ['/config', directory],
    play: async (world) => {
      const [one, other] = [await world.client(), await world.client()];
      const configs = [one, other].map((client) => new Config(client, path, schema, { defaults, ...(history && { history }) }));
      const [writer, reader] = configs;
      if (writer === undefined || reader === undefined) return;
      await Promise.all(configs.map((config) => config.start({ signal: world.signal })));
      using seen = new Probe(reader.value$);
      await Promise.all(configs.map(async (config, index) => add(config, `first of ${index}`, world.signal)));
      await add(writer, 'second', world.signal);
      const { steps } = await seen.until((value) => value.steps.includes('second'));
      expect(steps.toSorted()).toEqual(['first of 0', 'first of 1', 'second']);
      expect(writer.current).toEqual({ steps });
      if (history !== undefined) expect((await writer.history()).map(({ value }) => value?.steps.length)).toEqual([2, 1]);
      await Promise.all(configs.map((config) => config.close()));
      await one.deleteAll(path);
      if (history !== undefined) for (const name of await one.children(directory)) await one.deleteAll(`${directory}/${name}`);
    },
  });
}

/** What can be asked for again is never in doubt. */
async function add(config: Config<z.output<typeof schema>>, step: string, signal: AbortSignal): Promise<void> {
  await config.update(({ steps }) => ({ steps: steps.includes(step) ? steps : [...steps, step] }), { signal });
}

sweepFaults('an update that counts is made once, or its outcome is said to be unknown', {
  mayStay: ['/config'],
  play: async (world, ends) => {
    const client = await world.client();
    const config = new Config(client, path, z.number(), { defaults: 0 });
    let unknown = 0;
    for (let step = 1; step <= 3; step += 1) {
      await config
        .update((count) => count + 1)
        .catch((error: unknown) => {
          expect(error).toBeInstanceOf(OutcomeUnknownError);
          unknown += 1;
        });
    }
    const counted = await config.update((count) => count);
    expect(counted).toBeLessThanOrEqual(3);
    expect(counted).toBeGreaterThanOrEqual(3 - unknown);
    if (ends === 'none') expect(unknown).toBeLessThanOrEqual(1);
    await client.deleteAll(path);
  },
});

test('an update costs reading, writing and reading what came of it, however often; the news of it cost others one reading', async () => {
  await using world = await World.start(['/config']);
  const [client, other] = [await world.client(), await world.client()];
  await using config = new Config(client, path, z.number(), { defaults: 0 });
  await config.start();
  for (const value of [1, 2, 3]) await config.update(() => value);
  const served: string[] = [];
  const recording = world.server.requests$.subscribe(({ operation, sessionId }) => {
    if (sessionId === client.session?.id) served.push(operation);
  });
  await config.update((value) => value + 1);
  // Told by the watch as well, and read once more for that.
  await client.sync(path);
  expect(served).toEqual(['getData', 'setData', 'getData', 'getData', 'sync']);
  served.length = 0;
  using values = new Probe(config.value$);
  await other.set(path, '7');
  await values.until((value) => value === 7);
  expect(served).toEqual(['getData']);
  recording.unsubscribe();
  await config.close();
  await client.deleteAll(path);
});

test('an update settles although another one, which began later, is shown first', async () => {
  await using world = await World.start(['/config']);
  let isSlow = true;
  const client = await world.client({ retry: () => (isSlow ? 60_000 : 1) });
  await using config = new Config(client, path, z.number(), { defaults: 0 });
  await config.start();
  await config.set(0);
  using states = new Probe(client.state$);
  // The update reads and writes; what is cut off is the reading of what came of it, which waits to be tried again from then on.
  world.server.faults.inject({ kind: 'cut-before-apply' }, { operation: 'getData', after: 1 });
  const first = config.update((value) => value + 1);
  await states.until((state) => state === 'suspended');
  await states.until((state) => state === 'connected');
  isSlow = false;
  expect(await config.update((value) => value + 1)).toBe(2);
  expect(await first).toBe(1);
  expect(config.current).toBe(2);
  await config.close();
  await client.deleteAll(path);
});
