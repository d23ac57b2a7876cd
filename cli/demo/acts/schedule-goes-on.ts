import type { Act } from '../act.ts';
import type { Stage } from '../stage.ts';
import { isGrowing } from '../turns.ts';
import type { Verdict } from '../verdict.ts';
import type { WorkerProcess } from '../worker-process.ts';
import type { ReportOf } from '../worker-protocol.ts';

const everyMs = 500;
// The last of them does not end: the leader is in the middle of it when it is killed, and has not begun another.
const runsBefore = 3;
// More than are due until the killed leader's session has ended.
const runsAfter = 12;

export const scheduleGoesOn: Act = {
  title: 'a schedule outlives its leader',
  shows: `
    Three processes keep one schedule: a job that is due every half second, and the leader runs it. The leader is killed in the middle of a
    run. The next one
    reads what has been run, makes up for what was due meanwhile, and goes on: no run is left out, and none is done twice.`,
  play: goOn,
};

async function goOn(stage: Stage): Promise<readonly Verdict[]> {
  const [first, second, third] = await Promise.all([stage.hire('worker-1'), stage.hire('worker-2'), stage.hire('worker-3')]);
  const before = new Runs(first);
  first.order({ kind: 'keep-schedule', everyMs, endlessAt: runsBefore });
  await before.reach(1);
  await stage.takePart(second, everyMs);
  await stage.takePart(third, everyMs);
  await before.reach(runsBefore);

  const after = new Runs(second);
  const killedMs = stage.say(`kills ${first.name} (SIGKILL)`);
  await first.kill();
  await after.reach(runsAfter);

  const runs = [...before.all, ...after.all];
  const tokens = [...new Set(runs.map(({ token }) => token))];
  const wentOnMs = after.all[0]?.atMs ?? Number.NaN;
  return [
    { claim: `${second.name} went on ${((wentOnMs - killedMs) / 1000).toFixed(1)} s after the kill`, holds: wentOnMs > killedMs },
    {
      claim: `each half second has one run, ${runs.length} of them: none left out, none twice`,
      holds: runs.every(({ dueMs }, index) => dueMs === (runs[0]?.dueMs ?? 0) + index * everyMs),
    },
    { claim: `with a larger fencing token: ${tokens.toReversed().join(' > ')}`, holds: tokens.length === 2 && isGrowing(tokens) },
  ];
}

/** What a worker has run so far. */
class Runs {
  readonly all: ReportOf<'job-run'>[] = [];
  readonly #worker: WorkerProcess;

  constructor(worker: WorkerProcess) {
    this.#worker = worker;
    worker.reports$.subscribe({
      next: (report) => {
        if (report.kind === 'job-run') this.all.push(report);
      },
      // The stage tells of it, and the wait fails.
      error: () => {},
    });
  }

  async reach(count: number): Promise<void> {
    while (this.all.length < count) await this.#worker.next('job-run');
  }
}
