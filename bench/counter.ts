/**
 * Row G: so many callers at a time, of one session, increment one counter. Arguments: HOST:PORT CALLERS WARM_MS RUN_MS RUNS [PATH PROCESSES]
 *
 * With PATH, so many processes that are started with the same one share the counter, and begin and end each run together.
 */
import { AtomicLong, DoubleBarrier } from '../recipes/index.ts';
import { connect } from '../src/index.ts';
import { Interval, packetsReceived, repeat } from './measure.ts';

const [hosts = '', callers = '1', warmMs = '2000', runMs = '2000', runs = '3', shared, processes = '1'] = process.argv.slice(2);
const client = await connect(hosts, { sessionTimeoutMs: 30_000 });
const path = shared ?? `/bench-counter-${process.pid}`;

for (let run = 0; run <= Number(runs); run += 1) {
  const barrier = new DoubleBarrier(client, `${path}-run-${run}`, Number(processes));
  const attendance = await barrier.enter();
  const packets = await packetsReceived(hosts);
  const interval = new Interval();
  const turns = Array.from({ length: Number(callers) }, () => {
    const counter = new AtomicLong(client, path);
    return repeat(Number(run === 0 ? warmMs : runMs), async () => {
      await counter.increment();
    });
  });
  const n = (await Promise.all(turns)).reduce((sum, each) => sum + each, 0);
  // The peers' callers are threads.
  const facts = { bench: 'G', peer: 'docent', op: 'counter', mode: `${callers} threads`, run, n };
  if (run > 0) interval.print({ ...facts, zk_ops_per: ((await packetsReceived(hosts)) - packets) / n });
  await attendance.leave();
}
if (shared === undefined) await client.delete(path);
await client.close();
