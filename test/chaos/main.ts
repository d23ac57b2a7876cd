/**
 * Workers take turns at a lock and write a register on a real ensemble, while a nemesis kills, stops and cuts off servers and workers. Then, and all the
 * while, what they saw is checked.
 *
 *     npm run chaos -- --minutes 2                        with a seed of its own, which it prints
 *     npm run chaos -- --minutes 30 --seed 7              again
 *     npm run chaos -- --minutes 1 --broken order         a lock that is wrong on purpose (order, validity): status 0 if it is caught
 */
import { parseArgs } from 'node:util';
import { filter, firstValueFrom, timeout } from 'rxjs';
import { connect } from '../../src/index.ts';
import { Ensemble } from '../support/ensemble.ts';
import { Exclusion } from './exclusion.ts';
import { anomaliesOf } from './linearizability.ts';
import { Nemesis } from './nemesis.ts';
import type { Broken, RegisterOperation, WorkerReport } from './protocol.ts';
import { WorkerProcess } from './worker-process.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string' },
    workers: { type: 'string', default: '4' },
    broken: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
const broken = brokenOf(values.broken);

const lockPath = '/chaos/lock';
const registerPath = '/chaos/register';
const sessionTimeoutMs = 3_000;

const exclusion = new Exclusion();
const history: RegisterOperation[] = [];
const troubles = new Map<string, number>();
const failures: string[] = [];
const ending = new AbortController();

function take(worker: string, report: WorkerReport): void {
  switch (report.kind) {
    case 'entered':
      exclusion.entered(worker, report.token, report.atNs);
      break;
    case 'used':
      exclusion.used(worker, report.token, report.atNs);
      break;
    case 'operation':
      history.push(report.operation);
      break;
    case 'trouble':
      troubles.set(report.name, (troubles.get(report.name) ?? 0) + 1);
      break;
    case 'failed':
      failures.push(`${worker}: ${report.what}`);
      break;
  }
  if (exclusion.violations.length > 0) ending.abort();
}

async function main(): Promise<number> {
  console.log(`chaos: ${minutes} minutes, seed ${seed}${broken === undefined ? '' : `, the lock broken on purpose (${broken})`}`);
  await using ensemble = await Ensemble.start(3, { tickMs: 250, syncLimit: 8, initLimit: 16, hasWires: true });
  await prepare(ensemble.hosts);
  const workers = await startWorkers(ensemble);
  try {
    const nemesis = new Nemesis(ensemble, workers, () => exclusion.holder, ending.signal);
    const timer = setTimeout(() => ending.abort(), minutes * 60_000);
    await nemesis.run(seed);
    clearTimeout(timer);

    const stopped = await Promise.all(workers.map((worker) => worker.stop(150_000)));
    stopped.forEach((inTime, at) => {
      if (!inTime) failures.push(`worker-${at + 1} did not come to an end`);
    });
    const left = await leftovers(ensemble.hosts);
    return report(nemesis, [...exclusion.violations, ...anomaliesOf(history), ...failures, ...left, ...idleness()]);
  } finally {
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
  }
}

async function startWorkers(ensemble: Ensemble): Promise<readonly WorkerProcess[]> {
  const servers = ensemble.members.map(({ port }) => ({ host: '127.0.0.1', port }));
  const names = Array.from({ length: Number(values.workers) }, (_, at) => `worker-${at + 1}`);
  return await Promise.all(
    names.map((name) =>
      WorkerProcess.start(servers, { name, sessionTimeoutMs, lockPath, registerPath, broken }, (report) => take(name, report)),
    ),
  );
}

async function prepare(hosts: string): Promise<void> {
  await using client = await connect(hosts, { connectTimeoutMs: 60_000 });
  await client.create(registerPath, 'initial', { parents: true });
  await client.ensurePath(lockPath);
}

/** What is in line although nobody is there any more; sessions that were killed get the time to expire. */
async function leftovers(hosts: string): Promise<readonly string[]> {
  await using client = await connect(hosts, { connectTimeoutMs: 60_000 });
  const empty$ = client.children$(lockPath).pipe(filter((children) => children === null || children.length === 0));
  try {
    await firstValueFrom(empty$.pipe(timeout(60_000)));
    return [];
  } catch {
    return [`left behind in ${lockPath}: ${(await client.children(lockPath)).join(', ')}`];
  }
}

/** A run in which nothing happened shows nothing. */
function idleness(): readonly string[] {
  const least = minutes * 10;
  const counts = { 'entries into the lock': exclusion.entries, 'operations on the register': history.length };
  if (exclusion.violations.length > 0) return [];
  return Object.entries(counts).flatMap(([what, count]) => (count < least ? [`only ${count} ${what}, expected ${least} at least`] : []));
}

function report(nemesis: Nemesis, problems: readonly string[]): number {
  const count = (kind: string, outcome: string) => history.filter((each) => each.kind === kind && each.outcome === outcome).length;
  const [reads, begun, done, refused] = [count('read', 'ok'), count('write', 'begun'), count('write', 'ok'), count('write', 'refused')];
  console.log(`lock: ${exclusion.entries} entries, ${exclusion.uses} uses, ${exclusion.fenced} refused by the fence`);
  console.log(`register: ${reads} reads, ${done} writes, ${refused} refused, ${begun - done - refused} of unknown outcome`);
  console.log(`nemesis: ${[...nemesis.strikes].map(([fault, count]) => `${fault} ${count}`).join(', ')}`);
  console.log(`told to the workers: ${[...troubles].map(([name, count]) => `${name} ${count}`).join(', ') || 'nothing'}`);
  for (const problem of problems.slice(0, 20)) console.log(`WRONG: ${problem}`);
  if (broken !== undefined) return verdict(exclusion.violations.length > 0, 'the broken lock was caught', 'the broken lock was not caught');
  return verdict(problems.length === 0, 'nothing wrong', `${problems.length} wrong`);
}

/** @returns the exit status */
function verdict(isGood: boolean, good: string, bad: string): number {
  console.log(`chaos: ${isGood ? good : `${bad}; again with --seed ${seed}`}`);
  return isGood ? 0 : 1;
}

function brokenOf(text: string | undefined): Broken | undefined {
  if (text === undefined || text === 'order' || text === 'validity') return text;
  throw new Error(`--broken is 'order' or 'validity', not '${text}'`);
}

process.exitCode = await main();
