import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isReliable, nextPhase, serves, type WatchPhase, type WatchStep } from '../../../src/client/watches/watch-state.ts';
import { InternalError } from '../../../src/errors/docent-error.ts';

const phases = [
  'none',
  'asked',
  'asked-again',
  'backing-off',
  'confirmed',
  'widening',
  'widening-again',
  'widening-backing-off',
  'lost',
  'removing',
] as const satisfies readonly WatchPhase[];

const steps = [
  'wanted',
  'unwanted',
  'waited',
  'handed-over',
  'confirmed',
  'outdated',
  'refused-for-now',
  'refused-for-good',
  'used-up',
  'removed',
  'resumed',
  'session-ended',
  'new-session',
] as const satisfies readonly WatchStep[];

const allowed: readonly string[] = [
  'none -wanted-> asked: send',
  'none -unwanted-> removing: remove',
  'none -waited-> none',
  'none -used-up-> none',
  'none -resumed-> none: wake-answered',
  'none -session-ended-> none: wake-all',
  'none -new-session-> none',
  'asked -wanted-> asked-again: wake-reliant, send',
  'asked -unwanted-> removing: leave-behind, remove',
  'asked -waited-> asked',
  'asked -confirmed-> confirmed',
  'asked -outdated-> asked-again: wake-reliant, send',
  'asked -refused-for-now-> backing-off: wake-reliant',
  'asked -refused-for-good-> none: wake-reliant, fail',
  'asked -used-up-> asked-again: wake-reliant, send',
  'asked -resumed-> asked-again: wake-answered',
  'asked -session-ended-> asked-again: wake-all',
  'asked -new-session-> asked',
  'asked-again -wanted-> asked-again: wake-reliant, send',
  'asked-again -unwanted-> removing: leave-behind, remove',
  'asked-again -waited-> asked-again',
  'asked-again -confirmed-> confirmed: resync',
  'asked-again -outdated-> asked-again: wake-reliant, send',
  'asked-again -refused-for-now-> backing-off: wake-reliant',
  'asked-again -refused-for-good-> none: wake-reliant, fail',
  'asked-again -used-up-> asked-again: wake-reliant, send',
  'asked-again -resumed-> asked-again: wake-answered',
  'asked-again -session-ended-> asked-again: wake-all',
  'asked-again -new-session-> asked-again',
  'backing-off -wanted-> asked-again: send',
  'backing-off -unwanted-> removing: leave-behind, remove',
  'backing-off -waited-> backing-off',
  'backing-off -handed-over-> asked-again',
  'backing-off -refused-for-good-> none: wake-reliant, fail',
  'backing-off -used-up-> asked-again: send',
  'backing-off -resumed-> backing-off: wake-answered',
  'backing-off -session-ended-> backing-off: wake-all',
  'backing-off -new-session-> backing-off',
  'confirmed -wanted-> widening: send',
  'confirmed -unwanted-> removing: leave-behind, remove',
  'confirmed -waited-> confirmed',
  'confirmed -used-up-> asked: send',
  'confirmed -resumed-> confirmed: resync, wake-answered',
  'confirmed -session-ended-> lost: wake-all',
  'confirmed -new-session-> asked-again: wake-all, send',
  'widening -wanted-> widening-again: send',
  'widening -unwanted-> removing: leave-behind, remove',
  'widening -waited-> widening',
  'widening -confirmed-> confirmed',
  'widening -outdated-> asked-again: wake-reliant, send',
  'widening -refused-for-now-> widening-backing-off',
  'widening -refused-for-good-> none: leave-behind, wake-reliant, fail',
  'widening -used-up-> asked-again: wake-reliant, send',
  'widening -resumed-> widening-again: wake-answered',
  'widening -session-ended-> asked-again: wake-all',
  'widening -new-session-> asked-again: wake-all',
  'widening-again -wanted-> widening-again: send',
  'widening-again -unwanted-> removing: leave-behind, remove',
  'widening-again -waited-> widening-again',
  'widening-again -confirmed-> confirmed: resync',
  'widening-again -outdated-> asked-again: wake-reliant, send',
  'widening-again -refused-for-now-> widening-backing-off',
  'widening-again -refused-for-good-> none: leave-behind, wake-reliant, fail',
  'widening-again -used-up-> asked-again: wake-reliant, send',
  'widening-again -resumed-> widening-again: wake-answered',
  'widening-again -session-ended-> asked-again: wake-all',
  'widening-again -new-session-> asked-again: wake-all',
  'widening-backing-off -wanted-> widening-again: send',
  'widening-backing-off -unwanted-> removing: leave-behind, remove',
  'widening-backing-off -waited-> widening-backing-off',
  'widening-backing-off -handed-over-> widening-again',
  'widening-backing-off -refused-for-good-> none: leave-behind, wake-reliant, fail',
  'widening-backing-off -used-up-> asked-again: wake-reliant, send',
  'widening-backing-off -resumed-> widening-backing-off: wake-answered',
  'widening-backing-off -session-ended-> backing-off: wake-all',
  'widening-backing-off -new-session-> backing-off: wake-all',
  'lost -wanted-> asked-again: send',
  'lost -unwanted-> removing: remove',
  'lost -waited-> lost',
  'lost -used-up-> lost',
  'lost -resumed-> lost: wake-answered',
  'lost -session-ended-> lost: wake-all',
  'lost -new-session-> asked-again: send',
  'removing -wanted-> asked: send',
  'removing -unwanted-> removing',
  'removing -waited-> none: stop',
  'removing -used-up-> removing',
  'removing -removed-> none: forget',
  'removing -resumed-> removing: wake-answered',
  'removing -session-ended-> removing: wake-all',
  'removing -new-session-> removing',
];

test('these transitions exist and every other is an internal error', () => {
  const found = phases.flatMap((phase) => steps.flatMap((step) => transition(phase, step) ?? []));
  expect(found).toEqual(allowed);
});

function transition(phase: WatchPhase, step: WatchStep): string | undefined {
  try {
    const [next, ...actions] = nextPhase(phase, step);
    return `${phase} -${step}-> ${next}${actions.length > 0 ? `: ${actions.join(', ')}` : ''}`;
  } catch (error) {
    expect(error).toBeInstanceOf(InternalError);
    return undefined;
  }
}

test('a recursive watch serves everybody, another one only those who need no more', () => {
  expect(serves('persistent-recursive', 'persistent')).toBe(true);
  expect(serves('persistent', 'persistent')).toBe(true);
  expect(serves('persistent', 'persistent-recursive')).toBe(false);
  expect(serves(undefined, 'persistent')).toBe(false);
});

/** Somebody whose question is handed over, and who has not been woken. */
interface Waiting {
  /** What it relied on: a request that was under way, the watch that was set, or one of its own. */
  readonly on: number | 'set' | 'own';
}

/** What truly is at the server, and who waits, as the surroundings see it. */
class World {
  phase: WatchPhase = 'none';
  waiting: Waiting[] = [];
  /** The watch is set in the present lifetime. */
  isSet = false;
  /** The request that is with the driver, by its number. */
  request: number | undefined;
  isBackingOff = false;
  isRemoving = false;
  /** The listeners know all that has happened, or will be told to look. */
  isOwedResync = false;
  #requests = 0;

  /** Does nothing if that cannot happen now. */
  play(step: WatchStep): void {
    if (!this.#canHappen(step)) return;
    if (step === 'waited') this.#wait();
    else this.#on(step);
  }

  #canHappen(step: WatchStep): boolean {
    switch (step) {
      case 'unwanted':
        return this.waiting.length === 0;
      case 'confirmed':
      case 'outdated':
      case 'refused-for-now':
        return this.request !== undefined;
      case 'refused-for-good':
        return this.request !== undefined || this.isBackingOff;
      case 'handed-over':
        return this.isBackingOff;
      case 'removed':
        return this.isRemoving;
      default:
        return true;
    }
  }

  #wait(): void {
    if (isReliable(this.phase)) {
      this.waiting.push({ on: this.isSet ? 'set' : (this.request ?? -1) });
      return;
    }
    this.#on('waited');
    this.waiting.push({ on: 'own' });
  }

  #on(step: WatchStep): void {
    this.#happened(step);
    const [phase, ...actions] = nextPhase(this.phase, step);
    this.phase = phase;
    for (const action of actions) {
      if (action === 'send') this.#send();
      if (action === 'stop') this.#stop();
      if (action === 'remove') this.#remove();
      if (action === 'resync' || action === 'fail') this.isOwedResync = false;
      if (action === 'wake-all') this.waiting = [];
      if (action === 'wake-reliant') this.waiting = this.waiting.filter(({ on }) => on === 'own');
      // Nobody has an answer yet, which is the worst case: 'wake-answered' wakes nobody.
    }
  }

  /** What that means at the server. */
  #happened(step: WatchStep): void {
    if (step === 'handed-over') this.#send();
    if (step === 'confirmed' && this.request !== undefined) this.#confirm(this.request);
    if (step === 'outdated' || step === 'refused-for-now' || step === 'refused-for-good') {
      this.isOwedResync = true;
      this.request = undefined;
      this.isBackingOff = step === 'refused-for-now';
    }
    if (step === 'outdated' || step === 'session-ended' || step === 'new-session') this.isSet = false;
    // As for an event of the data, which wakes all who wait; the other watch, for the children, takes nothing from them.
    if (step === 'used-up') {
      this.waiting = [];
      this.isSet = false;
    }
    if (step === 'session-ended' || step === 'resumed') this.isOwedResync = this.phase !== 'none' && this.phase !== 'removing';
    if (step === 'removed') this.isRemoving = false;
  }

  /** Who relied on that request relies from now on what it has set. */
  #confirm(request: number): void {
    this.isSet = true;
    this.request = undefined;
    this.waiting = this.waiting.map((one) => (one.on === request ? { on: 'set' } : one));
  }

  #send(): void {
    this.#stop();
    this.#requests += 1;
    this.request = this.#requests;
  }

  #stop(): void {
    this.request = undefined;
    this.isBackingOff = false;
    this.isRemoving = false;
  }

  #remove(): void {
    this.#stop();
    this.isRemoving = true;
    this.isSet = false;
    this.isOwedResync = false;
  }

  /** Those whom nothing would wake. */
  get asleep(): readonly Waiting[] {
    return this.waiting.filter(({ on }) => on !== 'own' && !(on === 'set' ? this.isSet : on === this.request));
  }
}

test('whoever waits is served by a watch of the present lifetime that is set or handed over, or is woken', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...steps), { maxLength: 60 }), (played) => {
      const world = new World();
      for (const step of played) {
        world.play(step);
        expect(world.asleep).toEqual([]);
      }
    }),
    { numRuns: 3000 },
  );
});

test('listeners are told to look again once the watch is set, if events may have been missed before', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...steps), { maxLength: 60 }), (played) => {
      const world = new World();
      for (const step of played) {
        world.play(step);
        if (world.phase === 'confirmed') expect(world.isOwedResync).toBe(false);
      }
    }),
    { numRuns: 3000 },
  );
});
