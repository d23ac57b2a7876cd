/**
 * Row B: one caller, a free lock. Arguments: HOST:PORT WARM_MS RUN_MS RUNS
 *
 * `awaited`: acquire, release, each awaited. `one flight`: a release and the next acquire leave together.
 */

import { Mutex } from '../recipes/index.ts';
import { connect } from '../src/index.ts';
import { Interval, packetsReceived, repeat } from './measure.ts';

const [hosts = '', warmMs = '2000', runMs = '2000', runs = '3'] = process.argv.slice(2);
const client = await connect(hosts, { sessionTimeoutMs: 30_000 });
const path = `/bench-lock-${process.pid}`;
const mutex = new Mutex(client, path);

let releasing: Promise<void> = Promise.resolve();
const modes: Readonly<Record<string, () => Promise<void>>> = {
  awaited: async () => {
    const lease = await mutex.acquire();
    await lease.release();
  },
  'one flight': async () => {
    const lease = await mutex.acquire();
    releasing = lease.release();
  },
};

for (const [mode, cycle] of Object.entries(modes)) {
  for (let run = 0; run <= Number(runs); run += 1) {
    const packets = await packetsReceived(hosts);
    const interval = new Interval();
    const n = await repeat(Number(run === 0 ? warmMs : runMs), cycle);
    await releasing;
    const facts = { bench: 'B', peer: 'docent', op: 'lock', mode, run, n };
    if (run > 0) interval.print({ ...facts, zk_ops_per: ((await packetsReceived(hosts)) - packets) / n });
  }
}
await client.deleteAll(path);
await client.close();
