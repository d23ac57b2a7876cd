import fc from 'fast-check';
import { filter, firstValueFrom } from 'rxjs';
import { Queue } from '../../../recipes/index.ts';
import { connect, text } from '../../../src/index.ts';
import { Crew } from './crew.ts';
import { Ledger } from './ledger.ts';
import type { Safety } from './protocol.ts';

export interface AccountOptions {
  readonly hosts: string;
  /** The worker's, compiled. Default: beside this file. */
  readonly program?: URL;
  /** How many puts are to be acknowledged, at least. */
  readonly items: number;
  readonly producers: number;
  readonly consumers: number;
  readonly safety: Safety;
  /** After how many puts and items handled the next process is killed, on the average. */
  readonly killEvery: number;
  readonly seed: number;
}

const path = '/chaos/queue';
const sessionTimeoutMs = 3_000;

/** Has producers put items and consumers handle them, kills them at random, and resolves with the account when the queue is empty. */
export async function accountFor({
  hosts,
  items,
  producers,
  consumers,
  safety,
  killEvery,
  seed,
  ...options
}: AccountOptions): Promise<Ledger> {
  const ledger = new Ledger(safety);
  await using client = await connect(hosts, { connectTimeoutMs: 60_000 });
  await client.ensurePath('/chaos');
  await using crew = new Crew(
    options.program ?? new URL('./worker.js', import.meta.url),
    { hosts, sessionTimeoutMs, path, safety },
    ledger,
  );
  crew.hire('consumer', consumers);
  crew.hire('producer', producers);
  for (const { victim, after } of schedule(killEvery, seed)) {
    const progress = () => ledger.acknowledged + ledger.handled;
    const due = progress() + after;
    await firstValueFrom(crew.heard$.pipe(filter(() => progress() >= due || ledger.acknowledged >= items)));
    if (ledger.acknowledged >= items) break;
    await crew.replace(victim);
  }
  await crew.dismiss('producer');
  // One more, with much in hand.
  await crew.replace(0);
  const { depth$ } = new Queue(client, path, { codec: text });
  await firstValueFrom(depth$.pipe(filter((depth) => depth === 0)));
  await crew.dismiss('consumer');
  return ledger;
}

function schedule(killEvery: number, seed: number) {
  const kill = fc.record({ victim: fc.nat(1_000), after: fc.integer({ min: killEvery / 2, max: 1.5 * killEvery }) });
  return fc.sample(kill, { seed, numRuns: 10_000 });
}
