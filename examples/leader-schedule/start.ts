import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startEmbeddedServer } from 'docent/embedded';
import { elementAt, filter, firstValueFrom, ReplaySubject } from 'rxjs';

// Starts three instances, kills the one that leads, and looks whether the schedule went on as if nothing had been.

interface Report {
  readonly dueMs: number;
  readonly by: string;
}

const intervalMs = 1_000;
const reports$ = new ReplaySubject<Report>();
const reports: Report[] = [];
reports$.subscribe((report) => reports.push(report));

await using server = await startEmbeddedServer();
const instances = new Map(['one', 'two', 'three'].map((name) => [name, startInstance(name)]));

const { by: leader } = await firstValueFrom(reports$.pipe(elementAt(2)));
say(`kills ${leader}, which leads; its session ends in four seconds`);
instances.get(leader)?.kill('SIGKILL');
const others$ = reports$.pipe(filter(({ by }) => by !== leader));
await firstValueFrom(others$.pipe(elementAt(7)));

await Promise.all([...instances.values()].map(stop));
process.exitCode = conclude() ? 0 : 1;

function startInstance(name: string): ChildProcess {
  const program = fileURLToPath(new URL('./instance.js', import.meta.url));
  const child = spawn(process.execPath, [program, server.hosts, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  // Whatever becomes of us, they are not left behind.
  process.once('exit', () => child.kill('SIGKILL'));
  createInterface(child.stdout).on('line', (line) => {
    process.stdout.write(`${line}\n`);
    const [, due, by] = /^report (\S+) by (\w+)/.exec(line) ?? [];
    if (due !== undefined && by !== undefined) reports$.next({ dueMs: Date.parse(due), by });
  });
  return child;
}

async function stop(instance: ChildProcess): Promise<void> {
  if (instance.exitCode !== null || instance.signalCode !== null) return;
  instance.kill('SIGTERM');
  await once(instance, 'exit');
}

/** Each second has one report, whoever made it. */
function conclude(): boolean {
  const leaders = new Set(reports.map(({ by }) => by));
  const isComplete = reports.every(({ dueMs }, index) => index === 0 || dueMs - (reports[index - 1]?.dueMs ?? 0) === intervalMs);
  say(
    `${reports.length} reports by ${[...leaders].join(', then ')}: ${isComplete ? 'none left out, none made twice' : 'NOT one a second'}`,
  );
  return isComplete && leaders.size === 2;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
