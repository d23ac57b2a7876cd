/**
 * Row D: 20 contenders of one session for 5 leases. Arguments: HOST:PORT EACH WARM_ROUNDS ROUNDS
 */
import { Semaphore } from '../recipes/index.ts';
import { connect } from '../src/index.ts';
import { Interval, packetsReceived } from './measure.ts';

const [hosts = '', each = '50', warmRounds = '2', rounds = '3'] = process.argv.slice(2);
const [contenders, leases] = [20, 5];
const client = await connect(hosts, { sessionTimeoutMs: 30_000 });
const root = `/bench-semaphore-${process.pid}`;

for (let round = 1; round <= Number(warmRounds) + Number(rounds); round += 1) {
  const run = round - Number(warmRounds);
  const path = `${root}/${round}`;
  const packets = await packetsReceived(hosts);
  const interval = new Interval();
  let n = 0;
  await Promise.all(
    Array.from({ length: contenders }, async () => {
      const semaphore = new Semaphore(client, path, leases);
      for (let turn = 0; turn < Number(each); turn += 1) {
        const lease = await semaphore.acquire();
        n += 1;
        await lease.release();
      }
    }),
  );
  const facts = { bench: 'D', peer: 'docent', op: 'semaphore', mode: `${contenders} contenders, ${leases} leases`, run, n };
  if (run > 0) interval.print({ ...facts, zk_ops_per: ((await packetsReceived(hosts)) - packets) / n });
}
await client.deleteAll(root);
await client.close();
