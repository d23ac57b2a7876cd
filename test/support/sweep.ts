import { describe, expect, test } from 'vitest';
import type { RequestFault } from '../../src/embedded/index.ts';
import { World } from './world.ts';

export interface Scenario {
  /** Containers that may be left to the server's reaper. */
  readonly mayStay: readonly string[];
  /** Plays the operation. It has to cope with the fault's consequences, as a user has; the world asserts the invariants. */
  readonly play: (world: World, fault: RequestFault['kind'] | undefined) => Promise<void>;
}

const faults: readonly RequestFault[] = [
  { kind: 'cut-before-apply' },
  { kind: 'cut-after-apply' },
  { kind: 'cut-after-reply' },
  { kind: 'expire-session' },
  { kind: 'delay', ms: 30 },
];

/** Plays the scenario once without a fault, to count its requests, then once for each request and each fault. */
export function sweepFaults(name: string, scenario: Scenario): void {
  describe(name, () => {
    test.for(faults)('$kind, at every request', { timeout: 120_000 }, async (fault) => {
      const requests = await playOnce(scenario);
      expect(requests, 'a sweep over nothing proves nothing').toBeGreaterThan(0);
      let met = 0;
      for (let number = 1; number <= requests; number += 1) {
        const served = await playOnce(scenario, fault, number).catch((error: unknown) => {
          throw new Error(`${fault.kind} at request ${number} of ${requests}`, { cause: error });
        });
        if (served >= number) met += 1;
      }
      expect(met, 'nearly every fault must have been met').toBeGreaterThanOrEqual(requests - 2);
    });
  });
}

/** @returns how many requests the server received */
async function playOnce({ mayStay, play }: Scenario, fault?: RequestFault, number?: number): Promise<number> {
  await using world = await World.start(mayStay);
  if (fault !== undefined && number !== undefined) world.server.faults.inject(fault, { number });
  await play(world, fault?.kind);
  const requests = world.server.requestCount;
  await world.swept();
  return requests;
}
