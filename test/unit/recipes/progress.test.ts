import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type BegunRun,
  type EndedRun,
  type JobState,
  newJob,
  type RunOutcome,
  readJobState,
  writeJobState,
} from '../../../recipes/schedule/job-state.ts';
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

const dayMs = 86_400_000;

test.each([
  ['every 100 ms', planOf({ everyMs: 100 }, 'job'), 100],
  ['each second', planOf({ cron: '* * * * * *' }, 'job'), 1_000],
  ['each hour', planOf({ cron: '0 * * * *' }, 'job'), 3_600_000],
])('a clock that was far ahead holds no job up: %s', (_, each, longestMs) => {
  const policy = { ...usual, plan: each };
  const startMs = 10 * dayMs;
  const ahead = runAll(advance(newJob, policy, first, startMs), policy, first, startMs + dayMs);
  expect(ahead.nextMs).toBeGreaterThan(startMs + dayMs);
  const nowMs = startMs + 5_000;
  for (const state of [ahead, resume(pause(ahead)), { ...ahead, lastMs: startMs + dayMs }, { ...ahead, lastMs: null }]) {
    const right = advance(state, policy, second, nowMs);
    expect(right.nextMs).toBeGreaterThan(nowMs);
    // The first due time has been run by the clock that was ahead.
    expect(right.nextMs).toBeLessThanOrEqual(nowMs + 2 * longestMs);
    expect(advance(right, policy, second, nowMs), 'settled at once').toBe(right);
    const dueMs = right.nextMs ?? 0;
    expect(dueOf(advance(right, policy, second, dueMs).running)).toEqual([dueMs]);
  }
});

test('what has run by a clock that was far ahead is not run again when its time comes', () => {
  const policy = { ...usual, plan: planOf({ cron: '0 * * * *' }, 'job'), misfire: 'run-all' } as const;
  const hourMs = 3_600_000;
  const ahead = runAll(advance(newJob, policy, first, 0), policy, first, 2 * hourMs);
  expect(dueOf(ahead.history)).toEqual([hourMs, 2 * hourMs]);
  const right = advance(ahead, policy, second, 60_000);
  expect(right.nextMs).toBe(3 * hourMs);
  expect(advance(right, policy, second, 61_000)).toBe(right);
  expect(dueOf(runAll(right, policy, second, 3 * hourMs).history)).toEqual([hourMs, 2 * hourMs, 3 * hourMs]);
  expect(advance({ ...right, history: [], lastMs: hourMs }, policy, second, 60_000).nextMs, 'without a history').toBe(2 * hourMs);
});

test('a clock that is a little behind waits for what has had its turn by another', () => {
  const ran = runAll(planned, usual, first, 31_000);
  expect(advance(ran, usual, second, 1_000)).toBe(ran);
});

test('however clocks are set, a job stands still for no longer than its interval and a minute, and no planned run is begun twice', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3 * dayMs, max: 3 * dayMs }), { minLength: 1, maxLength: 8 }), (settings) => {
      const policy = { ...usual, plan: planOf({ everyMs: 600_000 }, 'job'), historyLength: 1_000 };
      let state = newJob;
      for (const setByMs of settings) {
        const nowMs = 10 * dayMs + setByMs;
        state = runAll(state, policy, first, nowMs);
        expect(state.nextMs).toBeLessThanOrEqual(nowMs + 60_000 + 600_000);
      }
      const dueTimes = dueOf(state.history);
      expect(new Set(dueTimes).size).toBe(dueTimes.length);
    }),
  );
});

test('a plan in other words is the same plan: what is late is run, and the new words are kept', () => {
  const daily = { ...usual, misfireAfterMs: 60_000, plan: planOf({ cron: '0 0 * * *' }, 'job') };
  const before = advance(newJob, daily, first, 1_000);
  const renamed = { ...daily, plan: planOf({ cron: '@daily' }, 'job') };
  expect(advance(before, renamed, second, 2_000)).toEqual({ ...before, plan: 'cron @daily UTC' });
  const late = advance(before, renamed, second, dayMs + 30_000);
  expect(late).toMatchObject({ plan: 'cron @daily UTC', running: [{ dueMs: dayMs }], nextMs: 2 * dayMs });
  const hourly = { ...daily, plan: planOf({ cron: '0 * * * *' }, 'job') };
  expect(advance(before, hourly, second, dayMs + 30_000)).toMatchObject({ running: [], nextMs: dayMs + 3_600_000 });
});

test('beside each other run a thousand at most, as many as a znode has room for', () => {
  const policy = { ...usual, overlap: 'allow', misfire: 'run-all' } as const;
  let state = planned;
  for (let before: JobState | undefined; before !== state; ) {
    before = state;
    state = advance(before, policy, first, 1_000 + 100 * 1_200);
  }
  expect(state.running).toHaveLength(1_000);
  expect(lookAgainAtMs(state, policy)).toBeNull();
  expect(writeJobState('/s/jobs/j', state).length).toBeLessThan(512 * 1024);
});

test('a history that would outgrow the znode is cut, by bytes', () => {
  const failed = endAll(advance(planned, usual, first, 1_100), usual, 1_110, 'failed');
  const [run] = failed.history;
  const history = Array.from({ length: 1_000 }, (_, index) => ({ ...run, endedMs: index, error: '接'.repeat(300) }) as EndedRun);
  const data = writeJobState('/s/jobs/j', { ...failed, history });
  expect(data.length).toBeLessThanOrEqual(512 * 1024);
  expect(data.length).toBeGreaterThan(510 * 1024);
  const kept = readJobState('/s/jobs/j', data).history;
  expect(kept).toEqual(history.slice(-kept.length));
});

test('nothing is written that could not be read', () => {
  expect(() => writeJobState('/s/jobs/j', { ...planned, nextMs: Number.NaN, lastMs: 1 })).not.toThrow();
  const claimed = advance(planned, usual, first, 1_100);
  const odd = claimed.running.map((run) => ({ ...run, startedMs: Number.NaN }));
  expect(() => writeJobState('/s/jobs/j', { ...claimed, running: odd })).toThrow(MalformedDataError);
});

test("an error's message that is no text, as earlier versions have written it, is read as one", () => {
  const failed = endAll(advance(planned, usual, first, 1_100), usual, 1_110, 'failed');
  const history = failed.history.map((run) => ({ ...run, token: String(run.token), error: ['name', { code: 1 }] }));
  const read = readJobState('/s/jobs/j', Buffer.from(JSON.stringify({ ...failed, history })));
  expect(read.history).toMatchObject([{ outcome: 'failed', error: '["name",{"code":1}]' }]);
});

test('the history keeps the latest', () => {
  const state = runAll(planned, { ...usual, misfire: 'run-all', historyLength: 2 }, first, 1_500);
  expect(told(state)).toEqual(['1400 done', '1500 done']);
  expect(told(runAll(planned, { ...usual, historyLength: 0 }, first, 1_500))).toEqual([]);
});

test('a state reads back what was written; anything else is refused by name', () => {
  const state = trigger(advance(runAll(planned, usual, first, 1_150, 'failed'), usual, second, 1_200), 'by hand', 1_210);
  expect(readJobState('/s/jobs/j', writeJobState('/s/jobs/j', state))).toEqual(state);
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
