import { Cron } from 'croner';
import { InvalidArgumentError } from '../../src/index.ts';

/** When a job is to run. */
export type Timing =
  | {
      /** Five fields (minute, hour, day of the month, month, day of the week), six with seconds first, or a nickname such as `@daily`. */
      readonly cron: string;
      /** IANA name of the time zone that the expression is meant in. Default: `UTC`, since the machines may be in several. */
      readonly timeZone?: string | undefined;
      readonly everyMs?: undefined;
    }
  | {
      /** Milliseconds from one run's due time to the next one's. The first is due so long after the job was first seen. */
      readonly everyMs: number;
      readonly cron?: undefined;
      readonly timeZone?: undefined;
    };

/** When a job is to run, as a function of time alone: all instances come to the same answer. */
export interface Plan {
  /** What it says, in the words that it was given in. */
  readonly text: string;
  /** The first due time after `afterMs`. With an interval, one of those that are a multiple of it away from `anchorMs`. */
  next(afterMs: number, anchorMs: number): number;
}

/** @throws {InvalidArgumentError} naming `field` */
export function planOf({ cron, timeZone = 'UTC', everyMs }: Timing, field: string): Plan {
  return everyMs === undefined ? cronPlan(cron, timeZone, field) : intervalPlan(everyMs);
}

// Plans that agree for so long are the same for what they are compared for: whether the next due time is still right, and what is late by now.
const comparedTimes = 20;

/** Does `plan` say what `text` does, the text of another plan, in other words? Compared are due times from `dueMs` on, which is one of the other plan's. */
export function hasSameDueTimes(plan: Plan, text: string, dueMs: number): boolean {
  const [, cron, timeZone] = /^cron (.+) (\S+)$/.exec(text) ?? [];
  // Intervals have but one wording.
  if (cron === undefined || timeZone === undefined) return false;
  try {
    return isSameFrom(plan, cronPlan(cron, timeZone, 'plan'), dueMs);
  } catch (error) {
    // It was written by a program that knows other expressions, or neither comes to pass that often.
    if (error instanceof InvalidArgumentError) return false;
    throw error;
  }
}

function isSameFrom(plan: Plan, other: Plan, fromMs: number): boolean {
  let dueMs = fromMs - 1;
  for (let count = 0; count < comparedTimes; count += 1) {
    const next = plan.next(dueMs, fromMs);
    if (next !== other.next(dueMs, fromMs)) return false;
    dueMs = next;
  }
  return true;
}

function intervalPlan(everyMs: number): Plan {
  return {
    text: `every ${everyMs} ms`,
    next: (afterMs, anchorMs) => anchorMs + (Math.max(0, Math.floor((afterMs - anchorMs) / everyMs)) + 1) * everyMs,
  };
}

/**
 * A time that does not exist when the clocks go forward is the first one after; one that exists twice when they go back counts once, unless the hours or
 * minutes are a range or have steps.
 */
function cronPlan(cron: string, timeZone: string, field: string): Plan {
  const expression = expressionOf(cron, timeZone, field);
  return {
    text: `cron ${cron} ${timeZone}`,
    next(afterMs) {
      const due = expression.nextRun(new Date(afterMs));
      if (due === null) throw new InvalidArgumentError(`${field}.cron`, cron, 'must come to pass some time');
      return due.getTime();
    },
  };
}

function expressionOf(cron: string, timeZone: string, field: string): Cron {
  // The library takes an ISO date, too: a time, not an expression.
  if (cron.includes(':')) throw new InvalidArgumentError(`${field}.cron`, cron, 'must be a cron expression');
  attempt(() => new Intl.DateTimeFormat('en', { timeZone }), `${field}.timeZone`, timeZone, 'must be a time zone, such as Europe/Berlin');
  const parse = () => new Cron(cron, { timezone: timeZone, mode: '5-or-6-parts' });
  return attempt(parse, `${field}.cron`, cron, 'must be a cron expression of five or six fields');
}

function attempt<T>(make: () => T, field: string, value: string, rule: string): T {
  try {
    return make();
  } catch (cause) {
    throw invalid(field, value, rule, cause);
  }
}

function invalid(field: string, value: string, rule: string, cause: unknown): InvalidArgumentError {
  return new InvalidArgumentError(field, value, rule, { cause });
}
