import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startEmbeddedServer } from 'docent/embedded';
import { filter, firstValueFrom, Subject, take, toArray } from 'rxjs';

// Starts two services and a caller, ends one service gracefully, starts it again, kills the other, and looks at what the caller made of it.

/** What the caller has to say, as it says it. */
const lines$ = new Subject<string>();
const lines: string[] = [];
lines$.subscribe((line) => lines.push(line));

await using server = await startEmbeddedServer();

const knowsBoth = heard('knows one, two');
const caller = startProgram('caller.js');
createInterface(caller.stdout).on('line', (line) => lines$.next(line));
const services = [await startService('one'), await startService('two')] as const;
await knowsBoth;
await heard('two answers');
const answers = await firstValueFrom(lines$.pipe(filter(isAnswer), take(20), toArray()));
const share = answers.filter((line) => line === 'one answers').length;
say(`20 calls: ${share} answered by one, ${20 - share} by two`);

const knowsTwo = heard('knows two');
const oneEnds = once(services[0], 'exit');
services[0].kill('SIGTERM');
await knowsTwo;
await oneEnds;
const failedSoFar = failures();
say(`one ends gracefully: the caller goes on with two, and ${failedSoFar} calls have failed`);

const knowsBothAgain = heard('knows one, two');
const again = await startService('one');
await knowsBothAgain;
const backAgain = await heard('one answers');
say(`one is started again: ${backAgain}`);

const knowsOne = heard('knows one');
services[1].kill('SIGKILL');
await knowsOne;
await heard('one answers');
const failed = failures() - failedSoFar;
say(`two is killed: ${failed} calls failed, then it was left out, and its session is over now`);

await Promise.all([again, caller].map(stop));
process.exitCode = share === 10 && failedSoFar === 0 && failed > 0 && failed <= 2 ? 0 : 1;

function startProgram(name: string, ...args: readonly string[]) {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [program, server.hosts, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  // Whatever becomes of us, they are not left behind.
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
}

/** Resolves when it is registered. */
async function startService(id: string): Promise<ChildProcess> {
  const child = startProgram('service.js', id);
  await once(child.stdout, 'data');
  return child;
}

/** Resolves with the next line of the caller that says so. */
function heard(line: string): Promise<string> {
  return firstValueFrom(lines$.pipe(filter((each) => each === line)));
}

function isAnswer(line: string): boolean {
  return line.endsWith(' answers');
}

function failures(): number {
  return lines.filter((line) => line.startsWith('a call fails')).length;
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
