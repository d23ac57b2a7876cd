/**
 * Row F: items of 100 bytes put into a queue, and taken out of it by one consumer. Arguments: HOST:PORT ITEMS WARM_ROUNDS ROUNDS
 */
import { Queue } from '../recipes/index.ts';
import { bytes, connect } from '../src/index.ts';
import { Interval, packetsReceived } from './measure.ts';

const [hosts = '', count = '5000', warmRounds = '1', rounds = '3'] = process.argv.slice(2);
const client = await connect(hosts, { sessionTimeoutMs: 30_000 });
const root = `/bench-queue-${process.pid}`;
const n = Number(count);
const items = Array.from({ length: n }, () => Buffer.alloc(100, 'x'));

async function measured(op: string, mode: string, run: number, work: () => Promise<unknown>): Promise<void> {
  const packets = await packetsReceived(hosts);
  const interval = new Interval();
  await work();
  const facts = { bench: 'F', peer: 'docent', op, mode, run, n };
  if (run > 0) interval.print({ ...facts, zk_ops_per: ((await packetsReceived(hosts)) - packets) / n });
}

/** Resolves when all has been handled, and is out of the queue. */
async function drain(queue: Queue<Uint8Array>, safety: 'at-most-once' | 'at-least-once'): Promise<void> {
  const stop = new AbortController();
  let left = n;
  const handle = () => {
    left -= 1;
    if (left === 0) stop.abort();
  };
  const { signal } = stop;
  await (safety === 'at-most-once' ? queue.consume(handle, { safety, signal }) : queue.consume(handle, { signal }));
}

for (let round = 1; round <= Number(warmRounds) + Number(rounds); round += 1) {
  const run = round - Number(warmRounds);
  const queue = new Queue(client, `${root}/${round}`, { codec: bytes });
  await measured('put', 'pipelined', run, () => Promise.all(items.map((item) => queue.put(item))));
  await measured('take', 'at-most-once', run, () => drain(queue, 'at-most-once'));
  await measured('put', 'in batches', run, () => queue.putAll(items));
  await measured('take', 'at-least-once', run, () => drain(queue, 'at-least-once'));
}
await client.deleteAll(root);
await client.close();
