import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TreeCache } from '../../recipes/index.ts';
import { type Client, RefusedError } from '../../src/index.ts';
import { CacheWitness } from '../support/cache-witness.ts';
import { onEveryServer, type Wire } from '../support/servers.ts';

// Few, so that the same znodes come, change and go again and again; some are below others.
const places = ['', '/a', '/b', '/a/a', '/a/b', '/b/a', '/a/a/a', '/a/a/b', '/b/a/a'];

const write = fc.record({
  op: fc.constantFrom('create', 'create', 'set', 'delete'),
  place: fc.constantFrom(...places),
  writer: fc.constantFrom(0, 1),
});

const step = fc.oneof(
  { weight: 12, arbitrary: write },
  { weight: 1, arbitrary: fc.record({ op: fc.constantFrom('rewrite', 'catch up', 'cut', 'lose packets', 'expire') }) },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Whatever else the writers do, the tree itself goes its way. */
async function unlessInVain(writing: Promise<unknown>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
  }
}

class Churn {
  readonly #root: string;
  readonly #writers: readonly Client[];
  readonly #cache: TreeCache;
  readonly #wired: { readonly client: Client; readonly wire: Wire };
  #writes: Promise<void>[] = [];
  #count = 0;

  constructor(root: string, writers: readonly Client[], cache: TreeCache, wired: { readonly client: Client; readonly wire: Wire }) {
    this.#root = root;
    this.#writers = writers;
    this.#cache = cache;
    this.#wired = wired;
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const each of steps) {
      if ('place' in each) this.#write(each);
      else await this.#disturb(each.op);
    }
    await this.written();
  }

  /** All writes so far are done. */
  async written(): Promise<void> {
    await Promise.all(this.#writes);
    this.#writes = [];
  }

  #write({ op, place, writer }: Extract<Step, { place: string }>): void {
    const client = this.#writers[writer];
    const path = this.#root + place;
    this.#count += 1;
    const data = String(this.#count);
    if (client === undefined) return;
    const doing = op === 'create' ? client.create(path, data) : op === 'set' ? client.set(path, data) : client.delete(path);
    this.#writes.push(unlessInVain(doing));
  }

  async #disturb(op: Exclude<Step, { place: string }>['op']): Promise<void> {
    const { client, wire } = this.#wired;
    await this.written();
    // The C client takes the process down when its connection is cut again and again.
    const breaks = client.capabilities.persistentWatches;
    switch (breaks || op === 'rewrite' ? op : 'catch up') {
      case 'rewrite': {
        // Another znode with the same version and data.
        const [writer] = this.#writers;
        await unlessInVain(writer?.delete(`${this.#root}/b/a/a`) ?? Promise.resolve());
        await unlessInVain(writer?.create(`${this.#root}/b/a/a`, 'same') ?? Promise.resolve());
        return;
      }
      case 'catch up':
        return await this.#cache.synced();
      case 'cut':
        wire.cut();
        return wire.mend();
      case 'lose packets':
        wire.swallow();
        for (const place of places) this.#write({ op: 'set', place, writer: 0 });
        await this.written();
        return wire.mend();
      case 'expire': {
        const { id } = await client.connected();
        // It may be on its way to another connection.
        return await wire.expireSession(id).catch(() => {});
      }
    }
  }
}

onEveryServer('a cache of a tree that changes without rest, over a wire that breaks', (connected, wired) => {
  test('is told each change once, never an older one after a newer, and at rest shows the tree', { timeout: 180_000 }, async () => {
    await using one = await connected();
    await using other = await connected(one);
    let runs = 0;
    const arbitrary = fc.record({ before: fc.array(write, { maxLength: 12 }), after: fc.array(step, { minLength: 10, maxLength: 60 }) });
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ before, after }) => {
        runs += 1;
        const root = `/churn-${runs}`;
        // One of its own, since a client waits longer and longer for sessions that are lost again and again.
        const { client, wire } = await wired(one);
        await using _wire = wire;
        await using _client = client;
        await using cache = new TreeCache(client, root);
        const churn = new Churn(root, [one, other], cache, { client, wire });
        await churn.run(before);
        const witness = new CacheWitness(cache);
        const started = cache.start();
        await churn.run(after);
        await started;
        await cache.synced();
        expect(await witness.differences(one)).toEqual([]);
        expect(cache.state).toBe('live');
      }),
      { seed: 20_261_121, numRuns: 30, endOnFailure: true },
    );
  });
});
