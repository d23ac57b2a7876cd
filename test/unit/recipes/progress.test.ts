import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BegunRun, type JobState, newJob, type RunOutcome, readJobState, writeJobState } from '../../../recipes/schedule/job-state.ts';
import { planOf } from '../../../recipes/schedule/plan.ts';
import {
  advance,
  end,
  type Leader,
  lookAgainAtMs,
  type Policy,
  pause,
  putBack,
  resume,
  trigger,
} from '../../../recipes/schedule/progress.ts';
import { MalformedDataError } from '../../../src/index.ts';

const plan = planOf({ everyMs: 100 }, 'job');
const usual: Policy = { plan, guarantee: 'at-most-once', misfire: 'run-once', misfireAfterMs: 250, overlap: 'queue', historyLength: 5 };
const first: Leader = { token: 1n, id: 'first' };
const second: Leader = { token: 2n, id: 'second' };

/** Seen at 1 000, so due at 1 100, 1 200, … */
const planned = advance(newJob, usual, first, 1_000);

/** Again and again, with runs that end at once, until nothing changes. */
function runAll(state: JobState, policy: Policy, leader: Leader, nowMs: number, outcome: RunOutcome = 'done'): JobState {
  const next = advance(state, policy, leader, nowMs);
  if (next === state) return state;
  return runAll(endAll(next, policy, nowMs, outcome), policy, leader, nowMs, outcome);
}

function endAll(state: JobState, policy: Policy, endedMs: number, outcome: RunOutcome): JobState {
  return state.running.reduce((ended, run) => end(ended, { ...run, endedMs, outcome }, policy), state);
}

const told = ({ history }: JobState) => history.map(({ dueMs, outcome }) => `${dueMs} ${outcome}`);
const dueOf = (runs: readonly { readonly dueMs: number }[]) => runs.map(({ dueMs }) => dueMs);

test('a new job is planned and not run', () => {
  expect(planned).toMatchObject({ nextMs: 1_100, running: [], plan: 'every 100 ms' });
  expect(advance(planned, usual, first, 1_099)).toBe(planned);
  expect(lookAgainAtMs(planned, usual)).toBe(1_100);
});

test('what is due is claimed in the name of the leader, and the next time is planned along with it', () => {
  const claimed = advance(planned, usual, first, 1_105);
  expect(claimed).toMatchObject({ lastMs: 1_100, nextMs: 1_200 });
  expect(claimed.running).toEqual([
    { id: '1970-01-01T00:00:01.100Z', dueMs: 1_100, cause: 'plan', attempt: 1, startedMs: 1_105, token: 1n, by: 'first' },
  ]);
});

test('what a leader left behind is lost, and run again only at least once', () => {
  const claimed = advance(planned, usual, first, 1_100);
  const atMost = advance(claimed, usual, second, 1_150);
  expect(atMost.running).toEqual([]);
  expect(told(atMost)).toEqual(['1100 lost']);
  const atLeast = advance(claimed, { ...usual, guarantee: 'at-least-once' }, second, 1_150);
  expect(atLeast.running).toMatchObject([{ dueMs: 1_100, attempt: 2, token: 2n, id: claimed.running[0]?.id }]);
});

test('a run that was told to stop is run again at least once; one that failed or took too long is not', () => {
  const policy = { ...usual, guarantee: 'at-least-once' } as const;
  const claimed = advance(planned, policy, first, 1_100);
  const outcomes: readonly RunOutcome[] = ['done', 'failed', 'timed-out', 'aborted'];
  expect(outcomes.map((outcome) => endAll(claimed, policy, 1_110, outcome).waiting.length)).toEqual([0, 0, 0, 1]);
});

test('late, but no misfire: each run is made up for', () => {
  expect(told(runAll(planned, usual, first, 1_350))).toEqual(['1100 done', '1200 done', '1300 done']);
});

test.each([
  ['run-once', ['1100 done'], 2_100],
  ['run-all', ['1600 done', '1700 done', '1800 done', '1900 done', '2000 done'], 2_100],
  ['skip', ['1100 missed'], 2_100],
] as const)('a misfire, %s', (misfire, history, nextMs) => {
  const state = runAll(planned, { ...usual, misfire }, first, 2_050);
  expect(told(state)).toEqual(history);
  expect(state.nextMs).toBe(nextMs);
});

test('while one runs, the next waits, is passed over, or runs beside it', () => {
  const busy = (overlap: Policy['overlap']) => {
    const policy = { ...usual, overlap };
    const state = advance(advance(planned, policy, first, 1_100), policy, first, 1_230);
    return { during: dueOf(state.running), after: endAll(state, policy, 1_240, 'done'), lookAgainAtMs: lookAgainAtMs(state, policy) };
  };
  expect(busy('queue')).toMatchObject({ during: [1_100], lookAgainAtMs: null, after: { nextMs: 1_200 } });
  expect(busy('skip')).toMatchObject({ during: [1_100], lookAgainAtMs: null, after: { nextMs: 1_300 } });
  expect(told(busy('skip').after)).toEqual(['1100 done', '1200 overlapped']);
  expect(busy('allow')).toMatchObject({ during: [1_100, 1_200], lookAgainAtMs: 1_300 });
});

test('what was due while nobody led is not passed over as overlapped', () => {
  const policy = { ...usual, overlap: 'skip' } as const;
  const state = advance(advance(planned, policy, first, 1_100), policy, second, 1_230);
  expect(told(state)).toEqual(['1100 lost']);
  const next = advance(state, policy, second, 1_230);
  expect(dueOf([...state.running, ...next.running])).toContain(1_200);
});

test('paused, nothing planned is run; resumed, it goes on from now', () => {
  const paused = pause(planned);
  expect(runAll(paused, usual, first, 5_050)).toEqual(paused);
  expect(lookAgainAtMs(paused, usual)).toBeNull();
  expect(runAll(resume(paused), usual, first, 5_050)).toMatchObject({ nextMs: 5_150, history: [] });
});

test('triggered by hand, it is run once more, also while it is paused', () => {
  const asked = trigger(pause(planned), 'by hand', 1_050);
  expect(trigger(asked, 'by hand', 1_060)).toBe(asked);
  const running = advance(asked, usual, first, 1_070);
  expect(running.running).toMatchObject([{ id: 'by hand', cause: 'hand', dueMs: 1_050 }]);
  expect(trigger(running, 'by hand', 1_080)).toBe(running);
  expect(trigger(endAll(running, usual, 1_080, 'done'), 'by hand', 1_090).waiting).toEqual([]);
});

test('what was claimed and not begun is put back, in the same attempt', () => {
  const claimed = advance(planned, usual, first, 1_100);
  const back = putBack(claimed, first);
  expect(back.running).toEqual([]);
  expect(advance(back, usual, second, 1_110).running).toMatchObject([{ dueMs: 1_100, attempt: 1, by: 'second' }]);
  expect(putBack(claimed, second)).toBe(claimed);
});

test('a job whose plan has changed is planned anew, and never before what it has had', () => {
  const daily = { ...usual, plan: planOf({ cron: '0 0 * * *' }, 'job') };
  expect(advance(planned, daily, first, 1_050)).toMatchObject({ nextMs: 86_400_000, plan: 'cron 0 0 * * * UTC' });
  const ran = runAll(planned, usual, first, 1_100);
  // The next leader's clock is behind.
  expect(advance({ ...ran, nextMs: null }, usual, second, 900).nextMs).toBe(1_200);
});

test('the history keeps the latest', () => {
  const state = runAll(planned, { ...usual, misfire: 'run-all', historyLength: 2 }, first, 1_500);
  expect(told(state)).toEqual(['1400 done', '1500 done']);
  expect(told(runAll(planned, { ...usual, historyLength: 0 }, first, 1_500))).toEqual([]);
});

test('a state reads back what was written; anything else is refused by name', () => {
  const state = trigger(advance(runAll(planned, usual, first, 1_150, 'failed'), usual, second, 1_200), 'by hand', 1_210);
  expect(readJobState('/s/jobs/j', writeJobState(state))).toEqual(state);
  for (const data of ['', 'null', '{}', 'x', JSON.stringify({ ...newJob, format: 2 }), JSON.stringify({ ...newJob, running: [{}] })]) {
    expect(() => readJobState('/s/jobs/j', Buffer.from(data))).toThrow(MalformedDataError);
  }
});

/** A leader's life, step by step: time passes, it looks, a run ends, or it is gone and another comes, whatever it had under way. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 180 }) }),
  fc.record({ kind: fc.constant('look' as const) }),
  fc.record({ kind: fc.constant('end' as const) }),
  fc.record({ kind: fc.constant('crash' as const), isClaimWritten: fc.boolean() }),
);

test.each(['at-most-once', 'at-least-once'] as const)('%s holds, whenever leaders are killed', (guarantee) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const policy: Policy = { ...usual, guarantee, misfire: 'run-all', historyLength: 1_000 };
      let [state, leader, nowMs] = [planned, first, 1_000];
      const begun: BegunRun[] = [];
      const done = new Set<number>();
      const look = () => {
        const next = advance(state, policy, leader, nowMs);
        begun.push(...next.running.filter((run) => !state.running.includes(run)));
        state = next;
      };
      for (const each of steps) {
        if (each.kind === 'pass') nowMs += each.ms;
        if (each.kind === 'look') look();
        if (each.kind === 'end') {
          for (const run of state.running.filter(({ token }) => token === leader.token)) {
            done.add(run.dueMs);
            state = end(state, { ...run, endedMs: nowMs, outcome: 'done' }, policy);
          }
        }
        if (each.kind === 'crash') {
          // Between the claim's write and the run's beginning.
          if (each.isClaimWritten) state = advance(state, policy, leader, nowMs);
          leader = { token: leader.token + 1n, id: 'next' };
        }
      }
      // One that lives sees to all that is left.
      leader = { token: leader.token + 1n, id: 'last' };
      for (let before: JobState | undefined; before !== state; ) {
        before = state;
        look();
        for (const { dueMs } of state.running) done.add(dueMs);
        state = endAll(state, policy, nowMs, 'done');
      }
      const dueTimes = Array.from({ length: Math.floor((nowMs - 1_000) / 100) }, (_, index) => 1_100 + index * 100);
      const settled = new Set(dueOf(state.history));
      expect(
        [...settled].sort((a, b) => a - b),
        'none is left out',
      ).toEqual(dueTimes);
      if (guarantee === 'at-least-once') expect([...done].sort((a, b) => a - b)).toEqual(dueTimes);
      else expect(new Set(dueOf(begun)).size, 'none is begun twice').toBe(begun.length);
    }),
    { numRuns: 500 },
  );
});
