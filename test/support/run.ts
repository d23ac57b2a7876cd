import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, or for at most a minute. */
export async function run(command: string, args: readonly string[], input = ''): Promise<Ran> {
  const child = spawn(command, args, { timeout: 60_000, killSignal: 'SIGKILL' });
  // One that ends without reading all of its input is judged by its status.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, stdout, stderr };
}
