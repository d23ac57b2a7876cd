import { expect, test } from 'vitest';
import { Queue } from '../../recipes/index.ts';
import { text } from '../../src/index.ts';
import { Ledger, lostNames } from '../support/ledger.ts';
import { sweepFaults } from '../support/sweep.ts';
import { withoutTransactions } from '../support/without-transactions.ts';
import { World } from '../support/world.ts';

const path = '/work';
const mayStay = [path, `${path}-locks`];
const codec = text;

for (const safety of ['at-least-once', 'at-most-once'] as const) {
  sweepFaults(`${safety}, by single operations: nothing is lost or handled twice but by the end of a session`, {
    mayStay,
    play: async (world, ends) => {
      const [one, other] = [await world.client({ driver: withoutTransactions }), await world.client({ driver: withoutTransactions })];
      const ledger = new Ledger(one, other);
      const stop = new AbortController();
      const [producer, consumer] = [new Queue(one, path, { codec }), new Queue(other, path, { codec })];
      const options = { signal: stop.signal, retryDelayMs: 5 };
      const consuming =
        safety === 'at-most-once' ? consumer.consume(ledger.handle, { ...options, safety }) : consumer.consume(ledger.handle, options);
      await ledger.put(['a'], () => producer.put('a'));
      await ledger.put(['b'], () => producer.put('b'));
      await ledger.complete();
      stop.abort();
      await consuming;
      while ((await producer.items()).length > 0) ledger.handle(await producer.take());
      ledger.settle({ exact: safety === 'at-most-once' || ends === 'none', mayLose: safety === 'at-most-once' && ends !== 'none' });
      world.errors.splice(0, world.errors.length, ...world.errors.filter((error) => lostNames(error).length === 0));
    },
  });

  test(`${safety}: what is taken while somebody else makes the directory of the claims is not lost`, async () => {
    await using world = await World.start(mayStay);
    const client = await world.client({ driver: withoutTransactions });
    const queue = new Queue(client, path, { codec });
    await queue.putAll(['a', 'b', 'c']);
    await client.create(`${path}-locks`);
    // As if it had not been there yet for the first of them.
    world.server.faults.inject({ kind: 'refuse', code: 'NONODE' }, { operation: 'create2' });
    const stop = new AbortController();
    const seen: string[] = [];
    const note = (item: string) => {
      seen.push(item);
      if (seen.length === 3) stop.abort();
    };
    const options = { concurrency: 3, signal: stop.signal };
    await (safety === 'at-most-once' ? queue.consume(note, { ...options, safety }) : queue.consume(note, options));
    expect(seen.toSorted()).toEqual(['a', 'b', 'c']);
  });
}
