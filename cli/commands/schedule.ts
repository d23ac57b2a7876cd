import { Argument, Command } from 'commander';
import { from } from 'rxjs';
import { type BegunRun, type EndedRun, type JobState, type ScheduledJob, ScheduledJobs } from '../../recipes/index.ts';
import { type Client, first } from '../../src/index.ts';
import { pathArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { follow } from '../follow.ts';
import { columns, printable, time } from '../format.ts';
import type { JsonObject } from '../print.ts';
import { withClient } from '../session.ts';

interface LsOptions {
  readonly watch?: boolean;
}

export function scheduleCommand(perform: Perform): Command {
  return new Command('schedule')
    .description('look at the jobs of a schedule, run them by hand, pause and resume them')
    .addCommand(
      new Command('ls')
        .description('what each job does at present, when it is run next, and what became of its last run')
        .addArgument(schedulePath())
        .option('-w, --watch', 'list again whenever a job has changed, until interrupted')
        .action(perform(ls)),
    )
    .addCommand(
      forJob('run', "ask the leader for one run beside the job's plan; prints the run's id").action(
        perform((context, path: string, job: string) => run(context, path, job)),
      ),
    )
    .addCommand(
      forJob('pause', 'run nothing planned until it is resumed').action(
        perform((context, path: string, job: string) => ask(context, path, (jobs) => jobs.pause(job))),
      ),
    )
    .addCommand(
      forJob('resume', 'go on with the plan, from now').action(
        perform((context, path: string, job: string) => ask(context, path, (jobs) => jobs.resume(job))),
      ),
    );
}

function forJob(name: string, description: string): Command {
  return new Command(name).description(description).addArgument(schedulePath()).addArgument(new Argument('<job>', 'name of the job'));
}

function schedulePath(): Argument {
  return pathArgument('path of the schedule');
}

async function ls(context: Context, path: string, { watch = false }: LsOptions): Promise<number> {
  await withClient(context, async (client, signal) => {
    const jobs = new ScheduledJobs(client, path);
    if (watch) return await follow(context, jobs.list$, signal, (list) => show(context, path, list, '\n'));
    await show(context, path, await first(from(jobs.list()), signal), '');
  });
  return exitStatus.done;
}

async function run(context: Context, path: string, job: string): Promise<number> {
  return await ask(context, path, async (jobs) => {
    const id = await jobs.trigger(job);
    await context.printer.print({ text: `${id}\n`, json: { job, id } });
  });
}

async function ask(context: Context, path: string, request: (jobs: ScheduledJobs) => Promise<void>): Promise<number> {
  await withClient(context, async (client: Client, signal) => {
    await first(from(request(new ScheduledJobs(client, path))), signal);
  });
  return exitStatus.done;
}

async function show({ printer, messages }: Context, path: string, list: readonly ScheduledJob[], ending: string): Promise<void> {
  if (list.length === 0) messages.note(`${path}: no leader has seen a job there yet`);
  for (const { state } of list) if (state instanceof Error) messages.note(state.message);
  const text = list.length === 0 ? '' : columns([['JOB', 'STATE', 'NEXT', 'LAST', 'OUTCOME', 'PLAN'], ...list.map(rowOf)]);
  await printer.printAll(`${text}${ending}`, list.map(jsonOf));
}

function rowOf({ name, state }: ScheduledJob): readonly string[] {
  if (state instanceof Error) return [printable(name), 'unreadable', '-', '-', '-', '-'];
  const last = state.history.at(-1);
  return [
    printable(name),
    doing(state),
    state.nextMs === null ? '-' : time(state.nextMs),
    last === undefined ? '-' : time(last.endedMs),
    last?.outcome ?? '-',
    printable(state.plan),
  ];
}

function doing({ running, waiting, isPaused }: JobState): string {
  if (running.length > 0) return 'running';
  if (waiting.length > 0) return 'waiting';
  return isPaused ? 'paused' : 'planned';
}

function jsonOf({ name, path, state }: ScheduledJob): JsonObject {
  if (state instanceof Error) return { job: name, path, error: state.message };
  const { plan, lastMs, nextMs, isPaused, waiting, running, history } = state;
  return {
    job: name,
    path,
    plan,
    lastMs,
    nextMs,
    paused: isPaused,
    waiting: waiting.map((occurrence) => ({ ...occurrence })),
    running: running.map(runJson),
    history: history.map(runJson),
  };
}

/** Fencing tokens as strings, since they do not fit a JSON number. */
function runJson(run: BegunRun | EndedRun): JsonObject {
  return { ...run, token: String(run.token) };
}
