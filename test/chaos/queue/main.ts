/**
 * Producers put items and consumers handle them, each a process of its own, and are killed at random (SIGKILL). Then every item is accounted for.
 *
 *     npm run chaos:queue                                        100,000 items, at-least-once, with a seed of its own, which it prints
 *     npm run chaos:queue -- --items 5000 --seed 7               again, and less
 *     npm run chaos:queue -- --safety at-most-once               what was in hand of the killed is lost, nothing is handled twice
 */
import { parseArgs } from 'node:util';
import { startZooKeeper } from '../../support/zookeeper.ts';
import { accountFor } from './account.ts';
import type { Safety } from './protocol.ts';

const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '100000' },
    safety: { type: 'string', default: 'at-least-once' },
    'kill-every': { type: 'string', default: '1400' },
    seed: { type: 'string' },
  },
});
const items = Number(values.items);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
const safety = safetyOf(values.safety);

console.log(`queue: ${items} items, ${safety}, seed ${seed}`);
const startedMs = performance.now();
await using server = await startZooKeeper({ tickMs: 500 });
const ledger = await accountFor({
  hosts: server.hosts,
  items,
  producers: 3,
  consumers: 4,
  safety,
  killEvery: Number(values['kill-every']),
  seed,
});
const { acknowledged, unacknowledged, handled, lost, duplicates, kills, problems, troubles } = ledger;
console.log(`${kills} processes killed in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
console.log(
  `${acknowledged} puts acknowledged, ${handled} items handled, ${unacknowledged} of them of producers killed before they could tell`,
);
console.log(`${lost.length} lost, ${duplicates} handled again`);
console.log(`told to the workers: ${[...troubles].map(([name, count]) => `${name} ${count}`).join(', ') || 'nothing'}`);
for (const problem of problems.slice(0, 20)) console.log(`WRONG: ${problem}`);
console.log(`queue: ${problems.length === 0 ? 'nothing wrong' : `${problems.length} wrong; again with --seed ${seed}`}`);
process.exitCode = problems.length === 0 ? 0 : 1;

function safetyOf(given: string): Safety {
  if (given === 'at-least-once' || given === 'at-most-once') return given;
  throw new Error(`--safety is 'at-least-once' or 'at-most-once', not '${given}'`);
}
