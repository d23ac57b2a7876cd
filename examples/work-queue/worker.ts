import { setTimeout } from 'node:timers/promises';
import { connect } from 'docent';
import { type Order, ordersOf } from './orders.ts';

// Handles orders, two at a time: `node worker.js HOSTS NAME`.

const [hosts = '127.0.0.1:2181', name = `worker-${process.pid}`] = process.argv.slice(2);

// Short, so that what a killed worker had in hand is soon given to another.
const client = await connect(hosts, { sessionTimeoutMs: 4_000 });

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
// Of what a queue can tell nobody else.
client.errors$.subscribe((error) => process.stderr.write(`${name}: ${error.message}\n`));

// Resolves when it was told to stop, and what it had in hand is done.
await ordersOf(client).consume((order, { attempt, signal }) => handle(order, attempt, signal), {
  concurrency: 2,
  retryDelayMs: 100,
  signal: stop.signal,
});
await client.close();

/** The signal aborts when the order may be in another's hands: work that takes long looks at it. */
async function handle({ id, pieces }: Order, attempt: number, signal: AbortSignal): Promise<void> {
  process.stdout.write(`${name} begins ${id}, attempt ${attempt}\n`);
  if (pieces === 13) throw new Error('nobody can make thirteen pieces');
  await setTimeout(5 * pieces, undefined, { signal });
  process.stdout.write(`${name} finishes ${id}\n`);
}
