/**
 * Row H: the first load of a tree, and one change after the other until the listener has it. Arguments: HOST:PORT ZNODES UPDATES RUNS
 *
 * Makes the tree if it is not there, and leaves it to the peers' programs: 100 parents with all znodes evenly below them, of 100 bytes each.
 */
import { filter, firstValueFrom } from 'rxjs';
import { TreeCache } from '../recipes/index.ts';
import { connect } from '../src/index.ts';
import { makeTree, pathOf } from './cache-tree.ts';
import { Interval, packetsReceived, percentile } from './measure.ts';

const [hosts = '', znodes = '10000', updates = '1000', runs = '3'] = process.argv.slice(2);
const count = Number(znodes);
const client = await connect(hosts, { sessionTimeoutMs: 30_000 });
const writer = await connect(hosts, { sessionTimeoutMs: 30_000 });
const root = `/bench-cache-${count}`;
await makeTree(writer, root, count);

for (let run = 1; run <= Number(runs); run += 1) {
  const facts = { bench: 'H', peer: 'docent', op: 'cache', run };
  const packets = await packetsReceived(hosts);
  const loading = new Interval();
  await using cache = new TreeCache(client, root);
  await cache.start();
  const n = cache.size;
  loading.print({ ...facts, mode: `load ${count}`, n, zk_ops_per: ((await packetsReceived(hosts)) - packets) / n });
  await measureUpdates(cache, facts);
}
await client.close();
await writer.close();

async function measureUpdates(cache: TreeCache, facts: { bench: string; peer: string; op: string; run: number }): Promise<void> {
  const packets = await packetsReceived(hosts);
  const interval = new Interval();
  const latenciesMs: number[] = [];
  for (let at = 0; at < Number(updates); at += 1) {
    const path = pathOf(root, (at * 7_919) % count);
    const told = firstValueFrom(cache.events$.pipe(filter((event) => event.path === path)));
    const startMs = performance.now();
    await Promise.all([writer.set(path, Buffer.alloc(100, 'y')), told]);
    latenciesMs.push(performance.now() - startMs);
  }
  latenciesMs.sort((a, b) => a - b);
  const latency = { p50_ms: percentile(latenciesMs, 0.5), p99_ms: percentile(latenciesMs, 0.99) };
  const n = latenciesMs.length;
  interval.print({ ...facts, ...latency, mode: `update, tree ${count}`, n, zk_ops_per: ((await packetsReceived(hosts)) - packets) / n });
}
