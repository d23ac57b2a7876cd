/**
 * Row E: the leader of so many closes its latch, and a new one gets in line. Arguments: HOST:PORT MEMBERS ROUNDS RUNS
 */
import { setTimeout } from 'node:timers/promises';
import { filter, firstValueFrom } from 'rxjs';
import { type LatchState, LeaderLatch } from '../recipes/index.ts';
import { connect } from '../src/index.ts';
import { Interval, packetsReceived, percentile } from './measure.ts';

const [hosts = '', members = '3', rounds = '100', runs = '3'] = process.argv.slice(2);
const client = await connect(hosts, { sessionTimeoutMs: 30_000 });
const root = `/bench-latch-${process.pid}`;

for (let run = 0; run <= Number(runs); run += 1) {
  const path = `${root}/${run}`;
  const line: LeaderLatch[] = [];
  for (let member = 0; member < Number(members); member += 1) line.push(await joined(path));
  const packets = await packetsReceived(hosts);
  const interval = new Interval();
  const latenciesMs: number[] = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    const [leader, next] = line;
    if (leader === undefined || next === undefined) throw new Error('it takes two members at least');
    const startMs = performance.now();
    // Like the peers' close, which does not wait for the reply.
    const closing = leader.close();
    await inState(next, 'leading');
    latenciesMs.push(performance.now() - startMs);
    line.shift();
    line.push(await joined(path));
    await closing;
    // As in the peers' programs: else a round would meet what the one before has left to do.
    await setTimeout(5);
  }
  latenciesMs.sort((a, b) => a - b);
  const facts = { bench: 'E', peer: 'docent', op: 'latch', mode: `N=${members}`, run, n: Number(rounds) };
  const latency = { p50_ms: percentile(latenciesMs, 0.5), p99_ms: percentile(latenciesMs, 0.99) };
  if (run > 0) interval.print({ ...facts, ...latency, zk_ops_per: ((await packetsReceived(hosts)) - packets) / Number(rounds) });
  await Promise.all(line.map((latch) => latch.close()));
}
await client.deleteAll(root);
await client.close();

async function joined(path: string): Promise<LeaderLatch> {
  const latch = new LeaderLatch(client, path);
  latch.start();
  await Promise.race([inState(latch, 'waiting'), inState(latch, 'leading')]);
  return latch;
}

async function inState(latch: LeaderLatch, kind: LatchState['kind']): Promise<void> {
  await firstValueFrom(latch.state$.pipe(filter((state) => state.kind === kind)));
}
