/**
 * How much one process can hold, and what it takes: many sessions, and many watches on one session.
 * Run with --expose-gc. Arguments: HOST:PORT SESSIONS WATCHES
 */
import type { Subscription } from 'rxjs';
import { type Client, connect } from '../src/index.ts';
import { watchesSet } from './measure.ts';

const [hosts = '', sessionCount = '1000', watchCount = '100000'] = process.argv.slice(2);
const sessionTimeoutMs = 30_000;

await measureSessions(Number(sessionCount));
await measureWatches(Number(watchCount));

async function measureSessions(count: number): Promise<void> {
  // What the first one loads and compiles is not what each costs.
  await (await connect(hosts, { sessionTimeoutMs })).close();
  const before = memory();
  const startedAt = process.hrtime.bigint();
  const clients = await Promise.all(Array.from({ length: count }, () => connect(hosts, { sessionTimeoutMs })));
  const tookS = seconds(startedAt);
  await Promise.all(clients.map((client) => client.sync('/')));
  say(`${count} sessions: connected in ${tookS} s; each takes ${each(before, count)}`);

  const closingAt = process.hrtime.bigint();
  await Promise.all(clients.map((client) => client.close()));
  say(`  closed in ${seconds(closingAt)} s`);
}

async function measureWatches(count: number): Promise<void> {
  const client = await connect(hosts, { sessionTimeoutMs });
  const root = `/bench-capacity-${process.pid}`;
  await client.create(root);
  const before = memory();
  const startedAt = process.hrtime.bigint();
  const watching: Subscription[] = [];
  let events = 0;
  for (let at = 0; at < count; at += 1) {
    watching.push(client.watch(`${root}/${at}`).subscribe(() => (events += 1)));
    // As many as a program would set in a burst; all of them at once would be waited for in one queue.
    if (at % 1_000 === 999) await client.sync(root);
  }
  await client.sync(root);
  say(`${count} watches on one session: set in ${seconds(startedAt)} s; each takes ${each(before, count)}`);
  say(`  the server counts ${await watchesSet(hosts)}: of each the data's and the children's`);

  await Promise.all([0, 1, 2].map((at) => client.create(`${root}/${at}`)));
  await client.sync(root);
  say(`  3 of their znodes made: ${events} events`);
  await removeAll(client, root, watching);
}

async function removeAll(client: Client, root: string, watching: readonly Subscription[]): Promise<void> {
  const startedAt = process.hrtime.bigint();
  for (const [at, subscription] of watching.entries()) {
    subscription.unsubscribe();
    if (at % 1_000 === 999) await client.sync(root);
  }
  await client.sync(root);
  say(`  removed in ${seconds(startedAt)} s; ${await watchesSet(hosts)} left`);
  await client.deleteAll(root);
  await client.close();
}

interface Memory {
  readonly heap: number;
  readonly buffers: number;
  readonly rss: number;
}

function memory(): Memory {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed, buffers: external, rss };
}

function each(before: Memory, count: number): string {
  const after = memory();
  const kib = (what: keyof Memory) => ((after[what] - before[what]) / count / 1024).toFixed(1);
  return `${kib('heap')} KiB of heap and ${kib('buffers')} KiB of buffers (${kib('rss')} KiB of resident memory)`;
}

function seconds(sinceNs: bigint): string {
  return (Number(process.hrtime.bigint() - sinceNs) / 1e9).toFixed(2);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
