import { type CancelTimer, type Clock, systemClock } from '../../src/clock.ts';

/** The system's clock, which knows what timers are left, and who has set them. */
export class CountingClock implements Clock {
  /** Made where the timer was set; its stack is not worked out unless it is asked for. */
  readonly #pending = new Set<Error>();
  #whenFewer: (() => void)[] = [];

  now(): number {
    return systemClock.now();
  }

  wallTime(): number {
    return systemClock.wallTime();
  }

  random(): number {
    return systemClock.random();
  }

  setTimer(delayMs: number, action: () => void, options?: { readonly background?: boolean }): CancelTimer {
    const origin = new Error(`a timer of ${Math.round(delayMs)} ms`);
    const done = () => {
      if (!this.#pending.delete(origin)) return;
      const wake = this.#whenFewer;
      this.#whenFewer = [];
      for (const action of wake) action();
    };
    const fire = () => {
      done();
      action();
    };
    const cancel = systemClock.setTimer(delayMs, fire, options);
    this.#pending.add(origin);
    return () => {
      cancel();
      done();
    };
  }

  /** Where the timers were set that have neither fired nor been cancelled. */
  get pending(): readonly string[] {
    return [...this.#pending].map(({ stack }) => stack ?? '');
  }

  get count(): number {
    return this.#pending.size;
  }

  /** Resolves when the next timer has fired or was cancelled. */
  whenFewer(): Promise<void> {
    return new Promise((resolve) => this.#whenFewer.push(resolve));
  }
}

/**
 * Resolves when none of the clocks has more timers than it may have, all at one time.
 *
 * @throws if that takes longer than `patienceMs`; says where the timers were set
 */
export async function restOf(limits: ReadonlyMap<CountingClock, number>, patienceMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, patienceMs, 'late');
  });
  const restless = () => [...limits].filter(([clock, most]) => clock.count > most).map(([clock]) => clock);
  try {
    while (restless().length > 0) {
      if ((await Promise.race([late, ...restless().map((clock) => clock.whenFewer())])) !== 'late') continue;
      throw new Error(
        `timers left:\n${restless()
          .flatMap(({ pending }) => pending)
          .join('\n')}`,
      );
    }
  } finally {
    clearTimeout(timer);
  }
}
