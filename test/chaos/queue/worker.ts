import { filter } from 'rxjs';
import { Queue } from '../../../recipes/index.ts';
import { type Client, connect, DocentError, text } from '../../../src/index.ts';
import type { QueueOrders, QueueReport } from './protocol.ts';

// A process that puts items, or handles them, until it is told to stop or is killed.

const putsAtOnce = 20;
const batchSize = 10;
const concurrency = 10;

const stop = new AbortController();

/** Resolves when it is on its way, whatever becomes of us. */
function report(what: QueueReport): Promise<void> {
  return new Promise((resolve) => process.send?.(what, () => resolve()));
}

/** Tells which items are there once that is acknowledged, never before. */
async function produce(queue: Queue<string>, name: string): Promise<void> {
  let [turns, count] = [0, 0];
  const nextItem = () => {
    count += 1;
    return `${name}-${count}`;
  };
  const putSome = async (): Promise<void> => {
    turns += 1;
    const items = Array.from({ length: turns % 5 === 0 ? batchSize : 1 }, nextItem);
    try {
      if (items.length === 1) await queue.put(items[0] ?? '', { timeoutMs: 20_000 });
      else await queue.putAll(items, { timeoutMs: 20_000 });
      await report({ kind: 'put', items });
    } catch (error) {
      await tellTrouble(error);
    }
  };
  const lanes = Array.from({ length: putsAtOnce }, async () => {
    while (!stop.signal.aborted) await putSome();
  });
  await Promise.all(lanes);
}

async function tellTrouble(error: unknown): Promise<void> {
  if (error instanceof DocentError) await report({ kind: 'trouble', name: error.name });
  else await report({ kind: 'failed', what: String(error) });
}

/** What has been reported counts as handled, and is said to be done after that. */
async function consume(queue: Queue<string>, { safety }: QueueOrders): Promise<void> {
  const handle = (item: string) => report({ kind: 'handled', item });
  const how = { concurrency, signal: stop.signal };
  await (safety === 'at-most-once' ? queue.consume(handle, { ...how, safety }) : queue.consume(handle, how));
}

function tell<T>(reportOf: (value: T) => QueueReport): (value: T) => void {
  return (value) => {
    // It never rejects: where nobody hears us any more, 'disconnect' follows.
    void report(reportOf(value));
  };
}

async function work(client: Client, orders: QueueOrders): Promise<void> {
  client.errors$.subscribe(tell(({ name }) => ({ kind: 'trouble', name })));
  client.state$.pipe(filter((state) => state === 'lost')).subscribe(tell(() => ({ kind: 'lost its session' })));
  const queue = new Queue(client, orders.path, { codec: text, maxItems: 5_000 });
  await (orders.role === 'producer' ? produce(queue, orders.name) : consume(queue, orders));
}

async function run(orders: QueueOrders): Promise<void> {
  const { hosts, sessionTimeoutMs } = orders;
  const client = await connect(hosts, { sessionTimeoutMs, connectTimeoutMs: 60_000 });
  await work(client, orders);
  await client.close();
  process.disconnect();
}

process.once('message', (orders: QueueOrders) => {
  process.once('message', () => stop.abort());
  run(orders).catch(async (error: unknown) => {
    await report({ kind: 'failed', what: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.disconnect();
  });
});
// Whoever has started us is gone.
process.once('disconnect', () => process.exit());
process.on('unhandledRejection', (error) => void report({ kind: 'failed', what: `unhandled rejection: ${String(error)}` }));
