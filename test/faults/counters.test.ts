import { filter, firstValueFrom, map } from 'rxjs';
import { expect, test } from 'vitest';
import { AtomicLong, CachedAtomicLong, Mutex, SharedCount } from '../../recipes/index.ts';
import { type Client, fixed, none, OutcomeUnknownError, times } from '../../src/index.ts';
import { CounterHistory } from '../support/counter-history.ts';
import { sweepFaults } from '../support/sweep.ts';
import { World } from '../support/world.ts';

const path = '/counters/c';
const lockPath = '/counters/lock';
const mayStay = ['/counters'];

/** Those who add to a counter, what they were told, and what may have been added besides. */
class Adders {
  readonly #world: World;
  readonly #history = new CounterHistory();
  #unknown = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async add(counter: AtomicLong, amount: number): Promise<void> {
    try {
      await this.#history.record(() => counter.add(amount, { signal: this.#world.signal }));
    } catch (error) {
      expect(error).toBeInstanceOf(OutcomeUnknownError);
      this.#unknown += amount;
    }
  }

  /** The total is what was told, and nothing else but what nobody could tell. */
  async check(client: Client): Promise<void> {
    const total = await new AtomicLong(client, path).get({ sync: true });
    await this.#history.record(async () => ({ before: total, after: total }));
    expect(this.#history.anomalies(this.#unknown)).toEqual([]);
    await client.deleteAll(path);
  }
}

sweepFaults('nothing is counted twice, and nothing is lost', {
  mayStay,
  play: async (world) => {
    const client = await world.client();
    const counter = new AtomicLong(client, path);
    const adders = new Adders(world);
    await adders.add(counter, 1);
    await Promise.all([adders.add(counter, 1), adders.add(counter, 10)]);
    await adders.add(counter, 1);
    await adders.check(client);
  },
});

sweepFaults('nothing is counted twice, and nothing is lost, beside another who adds the same at the same time', {
  mayStay,
  play: async (world) => {
    const clients = [await world.client(), await world.client()];
    const adders = new Adders(world);
    await Promise.all(
      clients.map(async (client) => {
        const counter = new AtomicLong(client, path);
        for (let turn = 0; turn < 3; turn += 1) await adders.add(counter, 1);
      }),
    );
    await adders.check(await world.client());
  },
});

sweepFaults('of two that initialize a counter, one at most is told that it has, and the other what it finds', {
  mayStay,
  play: async (world) => {
    const clients = [await world.client(), await world.client()];
    const tries = await Promise.allSettled(clients.map((client) => new AtomicLong(client, path).initialize(7)));
    const told = tries.flatMap((tried) => (tried.status === 'fulfilled' ? [tried.value] : []));
    for (const tried of tries) if (tried.status === 'rejected') expect(tried.reason).toBeInstanceOf(OutcomeUnknownError);
    for (const { after } of told) expect(after).toBe(7);
    const winners = told.filter(({ succeeded }) => succeeded);
    expect(winners.length).toBeLessThanOrEqual(1);
    if (told.length === 2) expect(winners).toHaveLength(1);
    const [client] = clients;
    await client?.deleteAll(path);
  },
});

sweepFaults('one who goes on under the lock gets through, and leaves nothing behind', {
  mayStay: [...mayStay, lockPath],
  play: async (world) => {
    const [client, other] = [await world.client(), await world.client()];
    const counter = new AtomicLong(client, path, { retry: none, lock: new Mutex(client, lockPath) });
    const adders = new Adders(world);
    await adders.add(counter, 1);
    // What the first one knows is out of date now.
    await adders.add(new AtomicLong(other, path), 1);
    await adders.add(counter, 1);
    await adders.check(client);
  },
});

sweepFaults('no number is given out twice', {
  mayStay,
  play: async (world) => {
    const clients = [await world.client(), await world.client()];
    const sources = clients.map((client) => new CachedAtomicLong(client, path, { block: 2 }));
    const wanted = sources.flatMap((source) => Array.from({ length: 3 }, () => source.next({ signal: world.signal })));
    const numbers = await Promise.all(wanted);
    expect(new Set(numbers).size).toBe(numbers.length);
    await clients[0]?.deleteAll(path);
  },
});

sweepFaults('whoever follows a count comes to see the last one, and never an older one after it', {
  mayStay,
  play: async (world) => {
    const [writer, follower] = [await world.client(), await world.client()];
    const seen: number[] = [];
    const count = new SharedCount(writer, path, { seed: 1 });
    const arrived = firstValueFrom(
      new SharedCount(follower, path, { seed: 1 }).value$.pipe(
        map(({ value }) => seen.push(value) > 0 && value === 3),
        filter((isLast) => isLast),
      ),
    );
    try {
      await unlessUnknown(count.set(2));
      // Nobody else changes it: a refusal would be a lie.
      const changed = await unlessUnknown(count.trySet(await count.get(), 3));
      expect(changed === undefined || changed?.value === 3).toBe(true);
    } finally {
      while ((await unlessUnknown(count.set(3))) === undefined);
      await arrived;
    }
    expect(seen).toEqual([...seen].sort());
    await writer.deleteAll(path);
  },
});

/** Undefined if nobody can tell what became of it. */
async function unlessUnknown<T>(changing: Promise<T>): Promise<T | undefined> {
  try {
    return await changing;
  } catch (error) {
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    return undefined;
  }
}

test('when others are faster as often as the policy allows, nothing is changed and the error says so', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  const counter = new AtomicLong(client, path, { retry: times(2, fixed(1)) });
  await counter.add(5);
  for (let after = 0; after < 3; after += 1) world.server.faults.inject({ kind: 'refuse', code: 'BADVERSION' }, { operation: 'setData' });
  await expect(counter.add(1)).rejects.toMatchObject({ name: 'ContentionError', path, attempts: 3 });
  expect(await counter.add(1)).toMatchObject({ before: 5, after: 6 });
  await client.delete(path);
});

test('a change that its caller gives up while there is no contact is not made later', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  const counter = new AtomicLong(client, path);
  await counter.add(5);
  await world.server.faults.stop();
  await expect(counter.add(1, { timeoutMs: 20 })).rejects.toMatchObject({ name: 'OperationTimeoutError', path });
  await world.server.faults.start();
  expect(await counter.add(10)).toMatchObject({ before: 5, after: 15 });
  await client.delete(path);
});
