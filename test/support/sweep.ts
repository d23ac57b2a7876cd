import { describe, expect, test } from 'vitest';
import type { ServedRequest } from '../../src/embedded/index.ts';
import { inParallel } from './in-parallel.ts';
import { type SweepFault, sweepFaultKinds } from './sweep-faults.ts';
import { countFaults } from './sweep-report.ts';
import { World } from './world.ts';

export interface Scenario {
  /** Containers that may be left to the server's reaper. */
  readonly mayStay: readonly string[];
  /**
   * Plays the operation. It has to cope with the fault's consequences, as a user has; the world asserts the invariants. What it waits for should be given
   * `world.signal`, so that a listener left behind is found.
   *
   * @param ends whose sessions may end in this play
   */
  readonly play: (world: World, ends: SweepFault['ends']) => Promise<void>;
}

/** Worlds at once for each fault, of which a few are tried at a time; nearly all that they do is to wait. */
const atOnce = 8;
const patienceMs = 30_000;

/**
 * Plays the scenario once without a fault, to record its requests, then once for each request and each kind of fault. After each: no invariant was
 * broken, and no znode, watch, session, timer, listener or unhandled rejection is left, nor an error that nobody was told of.
 */
export function sweepFaults(name: string, scenario: Scenario): void {
  describe.concurrent(name, () => {
    let recorded: Promise<readonly ServedRequest[]> | undefined;
    for (const fault of sweepFaultKinds) {
      test(`${fault.name}, at every request`, { timeout: 120_000 }, async () => {
        recorded ??= record(scenario);
        const requests = await recorded;
        expect(requests.length, 'a sweep over nothing proves nothing').toBeGreaterThan(0);
        await sweep(scenario, fault, requests);
      });
    }
  });
}

async function record(scenario: Scenario): Promise<readonly ServedRequest[]> {
  const requests: ServedRequest[] = [];
  await playOnce(scenario, { world: {}, ends: 'none' }, (world) => {
    const recording = world.server.requests$.subscribe((request) => requests.push(request));
    return () => recording.unsubscribe();
  });
  return requests;
}

async function sweep(scenario: Scenario, fault: SweepFault, requests: readonly ServedRequest[]): Promise<void> {
  const failures: Error[] = [];
  let met = 0;
  using rejections = new UnhandledRejections();
  await inParallel(requests, atOnce, async ({ number, operation, path }) => {
    try {
      if (await playWith(scenario, fault, number)) met += 1;
    } catch (cause) {
      met += 1;
      failures.push(new Error(`${fault.name}, at request ${number} of ${requests.length} (${operation} ${path})`, { cause }));
    }
  });
  await new Promise(setImmediate);
  countFaults({ fault: fault.name, tried: met, survived: met - failures.length });
  if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('\n'), { cause: failures[0] });
  expect(rejections.reasons, 'unhandled rejections, of this fault or of one tried beside it').toEqual([]);
  // Where contenders race, a play may take fewer requests than the one that was recorded.
  expect(met, 'most faults must have been met').toBeGreaterThanOrEqual(Math.floor(requests.length * 0.8));
}

/** Whether the fault was met: the order of requests may differ from play to play. */
async function playWith(scenario: Scenario, fault: SweepFault, number: number): Promise<boolean> {
  let wasMet = () => false;
  await playOnce(scenario, fault, (world) => {
    wasMet = fault.arrange(world, number);
    return () => {};
  });
  return wasMet();
}

/** @param begin called before the play; what it returns, after */
async function playOnce(
  { mayStay, play }: Scenario,
  { world: options, ends }: Pick<SweepFault, 'world' | 'ends'>,
  begin: (world: World) => () => void,
): Promise<void> {
  await using world = await World.start(mayStay, options);
  const end = begin(world);
  await inTime(play(world, ends));
  end();
  await world.swept();
  expect(world.errors).toEqual([]);
  if (ends === 'none') expect(world.sessionNumbers.filter((number) => number !== undefined && number > 1)).toEqual([]);
}

/** One play that is stuck must not take the whole sweep's time, and its name. */
async function inTime(playing: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still playing after ${patienceMs} ms`)), patienceMs);
  });
  await Promise.race([playing, late]).finally(() => clearTimeout(timer));
}

class UnhandledRejections implements Disposable {
  readonly reasons: unknown[] = [];
  readonly #note = (reason: unknown) => this.reasons.push(reason);

  constructor() {
    process.on('unhandledRejection', this.#note);
  }

  [Symbol.dispose](): void {
    process.off('unhandledRejection', this.#note);
  }
}
