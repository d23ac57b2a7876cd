import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { play } from '../support/differential.ts';
import { anySteps } from '../support/differential-steps.ts';
import { needed, realServer } from '../support/real-server.ts';

// Each run of the tests asks the same; set others to look further.
const seed = Number(process.env['DOCENT_DIFFERENTIAL_SEED'] ?? 1);
const numRuns = Number(process.env['DOCENT_DIFFERENTIAL_RUNS'] ?? 60);

test('the embedded server answers and tells what a real one does', { timeout: 120_000 + numRuns * 2_000 }, async (context) => {
  const real = needed(context, realServer());
  await using server = await startEmbeddedServer();
  let run = 0;
  const property = fc.asyncProperty(anySteps, async (steps) => {
    run += 1;
    const parent = `/differential-${process.pid}-${seed}-${run}`;
    expect(await play(server.hosts, parent, steps)).toEqual(await play(real.hosts, parent, steps));
  });
  await fc.assert(property, { seed, numRuns });
});
