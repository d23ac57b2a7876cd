import type { RequestFault } from '../../src/embedded/index.ts';
import type { World, WorldOptions } from './world.ts';

/** What befalls one request of a scenario. */
export interface SweepFault {
  readonly name: string;
  /** Whose sessions may end by it: nobody's, that of whoever made the request, or any. */
  readonly ends: 'none' | 'one' | 'all';
  readonly world: WorldOptions;
  /** Called before the scenario is played: it is the server's request of that number that meets the fault. Returns whether it has. */
  readonly arrange: (world: World, number: number) => () => boolean;
}

/** Sessions of the usual length, which a busy machine keeps too. */
const patient: WorldOptions = {};

/** For faults that outlast a session. */
const timeoutMs = 1_200;
const longerMs = 1.5 * timeoutMs;
const hasty: WorldOptions = { sessionTimeoutMs: timeoutMs };

const restartMs = 30;

/** Everything that can happen to a request and its connection, its session and its server. */
export const sweepFaultKinds: readonly SweepFault[] = [
  injected('cut before it is applied', 'none', patient, { kind: 'cut-before-apply' }),
  injected('cut after it is applied', 'none', patient, { kind: 'cut-after-apply' }),
  // What the reply leads to is cut before it is sent.
  injected('cut after the reply', 'none', patient, { kind: 'cut-after-reply' }),
  // Overload passes, and what was refused was not applied: nobody may notice.
  injected('refused for overload', 'none', patient, { kind: 'refuse', code: 'THROTTLEDOP' }),
  injected('session expired', 'one', { ...patient, endsByHand: true }, { kind: 'expire-session' }),
  injected('reply delayed', 'none', patient, { kind: 'delay', ms: 30 }),
  injected('reply delayed past the session timeout', 'one', hasty, { kind: 'delay', ms: longerMs }),
  {
    name: 'packets lost past the session timeout',
    ends: 'one',
    world: { ...hasty, hasWires: true },
    arrange: (world, number) =>
      atRequest(world, number, (sessionId) => {
        const wire = world.wireOf(sessionId);
        // On its way out the client has no session any more.
        if (wire === undefined) return false;
        wire.swallow();
        lasting(longerMs, () => wire.mend());
        return true;
      }),
  },
  {
    name: 'server stopped past the session timeout',
    ends: 'all',
    world: hasty,
    arrange: (world, number) =>
      atRequest(world, number, () => {
        world.server.faults.pause();
        lasting(longerMs, () => world.server.faults.resume());
        return true;
      }),
  },
  {
    name: 'server restarted',
    ends: 'none',
    world: patient,
    arrange: (world, number) =>
      atRequest(world, number, () => {
        // It fails only if its port is taken meanwhile, on an address that is its own.
        void restart(world);
        return true;
      }),
  },
];

function injected(name: string, ends: SweepFault['ends'], options: WorldOptions, fault: RequestFault): SweepFault {
  return {
    name,
    ends,
    world: options,
    arrange(world, number) {
      world.server.faults.inject(fault, { number });
      return () => world.server.requestCount >= number;
    },
  };
}

function atRequest(world: World, number: number, befall: (sessionId: bigint) => boolean): () => boolean {
  let met = false;
  world.server.requests$.subscribe((request) => {
    if (request.number === number) met = befall(request.sessionId);
  });
  return () => met;
}

async function restart({ server }: World): Promise<void> {
  await server.faults.stop();
  lasting(restartMs, () => void server.faults.start());
}

/** How long a fault goes on: that is what it is, not a wait for something else. */
function lasting(ms: number, end: () => void): void {
  setTimeout(end, ms);
}
