import { z } from 'zod';
import { MalformedDataError } from '../../src/index.ts';

const occurrence = z.object({
  /** The same however often it is tried: a key for what must be done once. Of a planned one, its due time; else random. */
  id: z.string(),
  dueMs: z.number(),
  cause: z.enum(['plan', 'hand']),
  /** 1 for the first time that it is tried. */
  attempt: z.int().positive(),
});

const beganRun = occurrence.extend({
  startedMs: z.number(),
  /** The leader's fencing token. */
  token: z
    .string()
    .regex(/^\d+$/)
    .transform((digits) => BigInt(digits)),
  /** The leader's id. */
  by: z.string(),
});

/**
 * - `done`, `failed`: the work resolved or threw.
 * - `timed-out`, `aborted`: it was told to stop, since its time was up or since the leader was closed.
 * - `lost`: its leader lost the leadership or ended before the run did.
 * - `missed`, `overlapped`: passed over, by the misfire policy or the overlap policy.
 */
export type RunOutcome = 'done' | 'failed' | 'timed-out' | 'aborted' | 'lost' | 'missed' | 'overlapped';

const outcome: z.ZodType<RunOutcome> = z.enum(['done', 'failed', 'timed-out', 'aborted', 'lost', 'missed', 'overlapped']);

// Earlier versions have written an error's message whatever it was. It is no reason to let the job stand still.
const errorText = z.preprocess(
  (value) => (value === undefined || typeof value === 'string' ? value : JSON.stringify(value)),
  z.string().optional(),
);

const endedRun = beganRun.extend({ endedMs: z.number(), outcome, error: errorText });

const jobState = z.object({
  format: z.literal(1),
  /** What `nextMs` was worked out from. */
  plan: z.string(),
  /** Due time of the last planned occurrence that was begun or passed over. */
  lastMs: z.number().nullable(),
  /** Due time of the next one; null if that is still to be worked out, as while the job is paused. */
  nextMs: z.number().nullable(),
  isPaused: z.boolean(),
  /** To be run as soon as the overlap policy permits: asked for by hand, or to be done again. */
  waiting: z.array(occurrence),
  running: z.array(beganRun),
  /** The latest is last. */
  history: z.array(endedRun),
});

/**
 * What a job's znode says. Times are milliseconds since the epoch, by the clock of the leader of the time.
 *
 * @interface
 */
export type JobState = z.output<typeof jobState>;
/**
 * One time that a job is to run.
 *
 * @interface
 */
export type Occurrence = z.output<typeof occurrence>;
/**
 * Begun, and not ended as far as the znode tells.
 *
 * @interface
 */
export type BegunRun = z.output<typeof beganRun>;
/** @interface */
export type EndedRun = z.output<typeof endedRun>;

/** Of a job that nobody has seen yet. */
export const newJob: JobState = {
  format: 1,
  plan: '',
  lastMs: null,
  nextMs: null,
  isPaused: false,
  waiting: [],
  running: [],
  history: [],
};

export function isSameRun(one: BegunRun, other: BegunRun): boolean {
  return one.id === other.id && one.attempt === other.attempt && one.token === other.token;
}

// Half of what a znode may hold by default: it goes with every claim and every settlement.
export const longestStateBytes = 512 * 1024;

/**
 * The state as its znode has it, without the oldest of a history that is too long for it.
 *
 * @throws {MalformedDataError} nobody could read it: a clock or a caller has given something that JSON has no form for
 */
export function writeJobState(path: string, state: JobState): Buffer {
  const whole = stored(state);
  const data = whole.length <= longestStateBytes ? whole : stored({ ...state, history: lastThatFit(state) });
  readJobState(path, data);
  return data;
}

function lastThatFit(state: JobState): EndedRun[] {
  const { history } = state;
  let leftBytes = longestStateBytes - stored({ ...state, history: [] }).length;
  let from = history.length;
  for (const run of history.toReversed()) {
    leftBytes -= stored(run).length + 1;
    if (leftBytes < 0) break;
    from -= 1;
  }
  return history.slice(from);
}

function stored(value: JobState | EndedRun): Buffer {
  return Buffer.from(JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each)));
}

/** @throws {MalformedDataError} */
export function readJobState(path: string, data: Buffer): JobState {
  const parsed = jobState.safeParse(parseJson(data));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new MalformedDataError(path, `as the state of a job, ${issue?.path.join('.') || 'all of it'}: ${issue?.message}`, data.length);
}

function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    return undefined;
  }
}
