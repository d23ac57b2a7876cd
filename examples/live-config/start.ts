import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connect, InvalidArgumentError } from 'docent';
import { startEmbeddedServer } from 'docent/embedded';
import { filter, firstValueFrom, map, ReplaySubject } from 'rxjs';
import { greetingConfig } from './greeting-config.ts';

// Starts two instances of a service and changes their configuration while they run: rightly, wrongly by way of docent, wrongly by hand, and back.

const lines$ = new ReplaySubject<string>();
const names = ['one', 'two'] as const;

await using server = await startEmbeddedServer();
const services = await Promise.all(names.map(startService));
await using client = await connect(server.hosts);
await using config = greetingConfig(client);
const asked = [await greetings('Ann')];

say('\ntwo changes: compare-and-set of what is there');
await config.update((now) => ({ ...now, text: 'Guten Tag, {name}!' }));
await heardFromAll(/greets with "Guten Tag/);
asked.push(await greetings('Maximilian'));
await config.update((now) => ({ ...now, maxNameLength: 3 }));
await heardFromAll(/takes names of 3 /);
asked.push(await greetings('Maximilian'));

say('\nan invalid change: refused before it is written');
const refused = await config.update((now) => ({ ...now, maxNameLength: 0 })).catch((error: unknown) => error);
say(String(refused));

say('\nan invalid change, by hand: written, and kept out by every instance');
await client.set(config.path, '{"text":"Guten Tag!","maxNameLength":20}');
await heardFromAll(/goes on as before/);
asked.push(await greetings('Ann'));

say('\nback to what there was before the second change');
const [before] = await config.history();
if (before?.value !== undefined) await config.set(before.value);
await heardFromAll(/takes names of 20 /, 3);
asked.push(await greetings('Maximilian'));

await Promise.all(services.map(({ process: child }) => stop(child)));
process.exitCode = conclude() ? 0 : 1;

async function startService(name: string): Promise<{ readonly process: ChildProcess; readonly url: string }> {
  const program = fileURLToPath(new URL('./service.js', import.meta.url));
  const child = spawn(process.execPath, [program, server.hosts, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  // Whatever becomes of us, they are not left behind.
  process.once('exit', () => child.kill('SIGKILL'));
  createInterface(child.stdout).on('line', (line) => {
    say(line);
    lines$.next(line);
  });
  const port$ = lines$.pipe(
    map((line) => new RegExp(`^${name} listens on port (\\d+)`).exec(line)?.[1]),
    filter((port) => port !== undefined),
  );
  return { process: child, url: `http://127.0.0.1:${await firstValueFrom(port$)}` };
}

/** What both say, which is to be the same. */
async function greetings(guest: string): Promise<string> {
  const answers = await Promise.all(services.map(async ({ url }) => (await (await fetch(`${url}/?name=${guest}`)).text()).trim()));
  const said = [...new Set(answers)].join(' or ');
  say(`both, asked by ${guest}: ${said}`);
  return said;
}

/** Resolves when each instance has said such a line so many times. */
async function heardFromAll(pattern: RegExp, times = 1): Promise<void> {
  const heard = names.map((name) =>
    firstValueFrom(
      lines$.pipe(
        filter((line) => line.startsWith(name) && pattern.test(line)),
        filter((_, index) => index === times - 1),
      ),
    ),
  );
  await Promise.all(heard);
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function conclude(): boolean {
  const expected = ['Hello, Ann!', 'Guten Tag, Maximilian!', 'names may have 3 characters', 'Guten Tag, Ann!', 'Guten Tag, Maximilian!'];
  const isRight = refused instanceof InvalidArgumentError && expected.join() === asked.join();
  say(isRight ? '\nnobody was restarted, and nobody ever saw an invalid value' : '\nNOT as it should be');
  return isRight;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
