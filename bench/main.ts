/**
 * Measures docent on a real ZooKeeper, and prints a table a row.
 *
 *     npm run bench                               ours alone
 *     npm run bench -- --peers DIR                beside the peers' programs in DIR (built there with build.sh), alternating on the same server
 *     npm run bench -- --only driver --rounds 3   one row, three times over
 *     npm run bench -- --only contact             how soon lost contact is noticed, and found again
 */
import { parseArgs } from 'node:util';
import { startZooKeeper } from '../test/support/zookeeper.ts';
import { measureContact } from './contact.ts';
import { measureCounterProcesses } from './counter-processes.ts';
import { measureFaults } from './faults.ts';
import type { Result } from './measure.ts';
import { type Contestant, measureCacheRepair, measureCapacity, ours, peer } from './peers.ts';
import { table } from './table.ts';

const { values } = parseArgs({
  options: {
    peers: { type: 'string' },
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '1' },
  },
});

interface Row {
  readonly title: string;
  readonly contestants: (peers: string | undefined) => readonly Contestant[];
  /** What the peers' programs call otherwise than ours. */
  readonly names?: Partial<Result> | ((theirs: Result) => Partial<Result>);
}

const rows: Readonly<Record<string, Row>> = {
  driver: {
    title: 'Driver: one session, one request at a time (seq) and 1,000 in flight',
    contestants: (peers) => [
      ours('docent wire', './driver.js', ['1000', '1500', '3', '1000']),
      ...(peers === undefined
        ? []
        : [
            peer('go', peers, (hosts) => `go_client ${hosts} 1000 1500 3 1000`),
            peer('java', peers, (hosts) => `java_client ${hosts} 4000 1500 3 1000`),
            peer('npm zookeeper', peers, (hosts) => `js_client native ${hosts} 1000 1500 3 1000`),
            peer('node-zookeeper-client', peers, (hosts) => `js_client nzc ${hosts} 1000 1500 3 1000`),
            peer('kazoo', peers, (hosts) => `kazoo_raw ${hosts} 1000 1500 3 1000`),
          ]),
    ],
  },
  lock: {
    title: 'Uncontended lock: acquire and release',
    contestants: (peers) => [
      ours('docent', './lock.js', ['2000', '2000', '3']),
      ...(peers === undefined
        ? []
        : [
            peer('Curator, warm', peers, (hosts) => `curator lock ${hosts} 8000 2000`),
            peer('go', peers, (hosts) => `go_recipes lock ${hosts}`),
            peer('kazoo', peers, (hosts) => `kazoo lock ${hosts}`),
          ]),
    ],
    names: { op: 'lock', mode: 'awaited' },
  },
  semaphore: {
    title: 'Semaphore: 20 contenders of one session for 5 leases',
    contestants: (peers) => [
      ours('docent', './semaphore.js', ['50', '10', '3']),
      ...(peers === undefined
        ? []
        : [
            peer('Curator, warm', peers, (hosts) => `curator sem ${hosts} 50 20`),
            peer('kazoo', peers, (hosts) => `kazoo sem ${hosts} 50`),
          ]),
    ],
    names: { op: 'semaphore' },
  },
  counter: {
    title: 'Counter: one caller and ten at a time, of one session',
    contestants: (peers) =>
      ['1', '10'].flatMap((callers) => [
        ours('docent', './counter.js', [callers, '2000', '2000', '3']),
        ...(peers === undefined
          ? []
          : [
              peer('Curator', peers, (hosts) => `curator counter ${hosts} ${callers} 2000`),
              peer('kazoo', peers, (hosts) => `kazoo counter ${hosts} ${callers} 2000`),
            ]),
      ]),
    names: { op: 'counter' },
  },
  // The peers wait a little after each round: it is the time of the hand-over that counts, not the rounds per second.
  latch: {
    title: 'Leader latch: the leader closes, the next one leads, a new one gets in line',
    contestants: (peers) =>
      ['3', '50'].flatMap((members) => [
        ours('docent', './latch.js', [members, '100', '3']),
        ...(peers === undefined
          ? []
          : [
              peer('Curator', peers, (hosts) => `curator latch ${hosts} ${members}`),
              peer('kazoo', peers, (hosts) => `kazoo election ${hosts} ${members}`),
            ]),
      ]),
    names: { op: 'latch' },
  },
  queue: {
    title: 'Queue: 5,000 items of 100 bytes put, then taken by one consumer',
    contestants: (peers) => [
      ours('docent', './queue.js', ['5000', '1', '3']),
      ...(peers === undefined
        ? []
        : [
            peer('Curator', peers, (hosts) => `curator queue ${hosts} 5000`),
            peer('Curator, with lockPath', peers, (hosts) => `curator queue ${hosts} 2000 locked`),
            peer('kazoo', peers, (hosts) => `kazoo queue ${hosts} 5000`),
            peer('kazoo, locking', peers, (hosts) => `kazoo lqueue ${hosts} 1000`),
          ]),
    ],
    names: ({ op, mode }) => {
      if (mode.startsWith('put')) return { op: 'put', mode: op.startsWith('Distributed') ? 'pipelined' : 'awaited' };
      return { op: 'take', mode: op === 'LockingQueue' || op.endsWith('+lockPath') ? 'at-least-once' : 'at-most-once' };
    },
  },
  // CuratorCache 5.4 stops at 65,635 znodes, and is not asked for more.
  cache: {
    title: 'Cache: the first load of a tree, and one change until the listener has it',
    contestants: (peers) =>
      ['10000', '100000'].flatMap((znodes) => [
        ours('docent', './cache.js', [znodes, '1000', '3']),
        ...(peers === undefined
          ? []
          : [
              ...(znodes === '10000' ? [peer('CuratorCache', peers, cacheOfCurator(znodes, 'CuratorCache'))] : []),
              peer('TreeCache', peers, cacheOfCurator(znodes, 'TreeCache')),
              peer('kazoo', peers, (hosts) => `kazoo cache ${hosts} ${znodes} /bench-cache-${znodes} 1000 1`),
            ]),
      ]),
    names: ({ peer: who, op }) => ({ op: 'cache', peer: `${who} ${op}` }),
  },
};

/** What has no table: ours alone, in words. */
const reports: Readonly<Record<string, { readonly title: string; readonly measure: (hosts: string) => Promise<string> }>> = {
  'counter-processes': { title: 'Counter: ten processes', measure: measureCounterProcesses },
  faults: { title: 'Under faults (session timeout 4 s)', measure: measureFaults },
  contact: { title: 'Contact lost and found', measure: measureContact },
  'cache-repair': {
    title: 'A cache of 100,000 znodes: memory, and repair after a reconnect with 1 % changed',
    measure: measureCacheRepair,
  },
  capacity: { title: 'Sessions and watches of one process', measure: measureCapacity },
};

const names = [...Object.keys(rows), ...Object.keys(reports)];
const chosen = values.only ?? names;
const unknown = chosen.filter((name) => !names.includes(name));
if (unknown.length > 0) throw new Error(`no such row: ${unknown.join(', ')}; there are ${names.join(', ')}`);

await using server = await startZooKeeper({ tickMs: 2_000, flags: ['-Xmx4g'], config: ['globalOutstandingLimit=100000'] });
process.env['ZKPID'] = String(server.pid);
process.env['ZKMODE'] = 'nosync';

for (const name of chosen) {
  const row = rows[name];
  if (row === undefined) continue;
  const results: Result[] = [];
  const contestants = row.contestants(values.peers);
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const { name: who, measure } of contestants) {
      process.stderr.write(`${name}, round ${round + 1}: ${who}\n`);
      for (const result of await measure(server.hosts)) results.push(isOurs(result.peer) ? result : renamed(result, row.names));
    }
  }
  process.stdout.write(`\n${row.title}\n\n${table(results, isOurs)}\n`);
}
for (const name of chosen) {
  const report = reports[name];
  if (report === undefined) continue;
  process.stderr.write(`${name}\n`);
  process.stdout.write(`\n${report.title}\n\n${await report.measure(server.hosts)}\n`);
}

function renamed(theirs: Result, names: Row['names']): Result {
  return { ...theirs, ...(typeof names === 'function' ? names(theirs) : names) };
}

/** The tree is the one that ours has made. */
function cacheOfCurator(znodes: string, kind: string): (hosts: string) => string {
  return (hosts) => `curator cache ${hosts} ${znodes} /bench-cache-${znodes} ${kind}`;
}

function isOurs(peer: string): boolean {
  return peer.startsWith('docent');
}
