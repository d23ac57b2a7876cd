import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Result } from './measure.ts';

const run = promisify(execFile);

/** A program that measures one system on one row and prints its results as JSON lines. */
export interface Contestant {
  readonly name: string;
  readonly measure: (hosts: string) => Promise<readonly Result[]>;
}

/** One of our own programs beside this file. */
export function ours(name: string, program: string, args: readonly string[]): Contestant {
  const file = new URL(program, import.meta.url).pathname;
  return { name, measure: async (hosts) => resultsOf(await execute(process.execPath, [file, hosts, ...args])) };
}

/** What one process of ours can hold; in a process of its own, so that its memory is its own. */
export function measureCapacity(hosts: string): Promise<string> {
  const file = new URL('./capacity.js', import.meta.url).pathname;
  return execute(process.execPath, ['--expose-gc', file, hosts, '1000', '100000']);
}

/** As `measureCapacity`, of one large cache. */
export function measureCacheRepair(hosts: string): Promise<string> {
  const file = new URL('./cache-recovery.js', import.meta.url).pathname;
  return execute(process.execPath, ['--expose-gc', file, hosts, '100000']);
}

/** A function of `env.sh` in the peers' folder, which has to have been built (`build.sh` there). */
export function peer(name: string, folder: string, call: (hosts: string) => string): Contestant {
  return { name, measure: async (hosts) => resultsOf(await execute('bash', ['-c', `. "$0/env.sh" && ${call(hosts)}`, folder])) };
}

async function execute(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(command, args, { maxBuffer: 16 * 1024 * 1024, timeout: 300_000 });
  return stdout;
}

function resultsOf(stdout: string): readonly Result[] {
  // The programs are ours or the peers', and print these fields.
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Result);
}
