import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startEmbeddedServer } from 'docent/embedded';
import { filter, firstValueFrom, map, ReplaySubject } from 'rxjs';
import { Account } from './account.ts';

// Starts two instances, lets both withdraw from one account at the same time, then stops one of them in the middle of a withdrawal.

const folder = await mkdtemp(join(tmpdir(), 'docent-account-'));
const account = new Account(join(folder, 'account'));
await account.open(100);
const lines$ = new ReplaySubject<string>();

await using server = await startEmbeddedServer();
const [one, two] = await Promise.all([startInstance('one'), startInstance('two')]);

await Promise.all([one, two].flatMap((each) => Array.from({ length: 20 }, () => each.withdraw(1))));
const afterRush = await account.balance();
say(`40 withdrawals of 1 from 100 by two instances at the same time: ${afterRush} are left`);

// Longer than its session lives: it is stopped in the middle of that, however busy this machine is.
const stalled = one.withdraw(10, 5_000);
await heard(/^one asks for approval/, 21);
one.process.kill('SIGSTOP');
say('one is stopped while it withdraws 10; its session ends in four seconds, and two goes on');
const byTwo = await two.withdraw(5);
say(`two withdrew 5: ${byTwo.text}`);
one.process.kill('SIGCONT');
const byOne = await stalled;
say(`one goes on, and the account refuses it: ${byOne.status} ${byOne.text}`);

const left = await account.balance();
say(`${left} are left`);
await Promise.all([one, two].map(stop));
await rm(folder, { recursive: true });
process.exitCode = afterRush === 60 && byTwo.status === 200 && byOne.status === 409 && left === 55 ? 0 : 1;

interface Instance {
  readonly process: ChildProcess;
  withdraw(amount: number, approvalMs?: number): Promise<{ readonly status: number; readonly text: string }>;
}

async function startInstance(name: string): Promise<Instance> {
  const program = fileURLToPath(new URL('./instance.js', import.meta.url));
  const child = spawn(process.execPath, [program, server.hosts, name, join(folder, 'account')], { stdio: ['ignore', 'pipe', 'inherit'] });
  // Whatever becomes of us, they are not left behind.
  process.once('exit', () => child.kill('SIGKILL'));
  createInterface(child.stdout).on('line', (line) => lines$.next(line));
  const port$ = lines$.pipe(
    map((line) => /^(\w+) listens on port (\d+)/.exec(line)),
    filter((match) => match?.[1] === name),
  );
  const port = (await firstValueFrom(port$))?.[2];
  return {
    process: child,
    withdraw: async (amount, approvalMs = 0) => {
      const url = `http://127.0.0.1:${port}/withdraw?amount=${amount}&approvalMs=${approvalMs}`;
      const response = await fetch(url, { method: 'POST' });
      return { status: response.status, text: await response.text() };
    },
  };
}

/** Resolves with the so-many-th line of that kind. */
async function heard(pattern: RegExp, count: number): Promise<void> {
  await firstValueFrom(
    lines$.pipe(
      filter((line) => pattern.test(line)),
      filter((_, index) => index === count - 1),
    ),
  );
}

async function stop({ process: child }: Instance): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
