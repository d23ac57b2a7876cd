import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { merge } from 'rxjs';
import type { Lease } from '../recipes/index.ts';
import { describeCause, LeaseLostError, whenAborted } from '../src/index.ts';
import type { Context } from './context.ts';
import { exitStatus, statusOfSignal } from './exit-status.ts';
import type { Messages } from './messages.ts';
import type { Terminal } from './terminal.ts';

/** A program and its arguments. */
export type CommandLine = readonly [file: string, ...args: string[]];

/** What a command needs to know of the lease that it runs in. */
export type HeldLease = Pick<Lease, 'path' | 'token' | 'signal' | 'isValid' | 'assertValid'>;

/** From SIGTERM to SIGKILL. */
export const defaultGraceMs = 5_000;

/**
 * Runs a command while the lease is held and resolves with the status to end with. Does not release the lease.
 *
 * Signals that would end this process go to the command instead: it must not run on without us. When the lease is lost, the command gets SIGTERM, and SIGKILL
 * `graceMs` later.
 *
 * @param asked aborted when this process was asked to end: then nothing is run
 * @throws {LeaseLostError} the lease is lost already, so nothing was run
 */
export async function wrap(
  { terminal, messages }: Context,
  lease: HeldLease,
  commandLine: CommandLine,
  graceMs: number,
  asked: AbortSignal,
): Promise<number> {
  asked.throwIfAborted();
  lease.assertValid();
  const child = start(terminal, lease, commandLine);
  // In the same turn, so that no signal comes between.
  const passing = merge(terminal.signals$, terminal.otherSignals$).subscribe((signal) => {
    if (!comesFromKeyboard(signal, terminal)) child.kill(signal);
  });
  const exited = exitOf(child, lease);
  try {
    await once(child, 'spawn');
  } catch (error) {
    passing.unsubscribe();
    return cannotRun(messages, commandLine, error);
  }
  // From here on, an error is a signal that could not be sent; the command runs on.
  child.on('error', (error) => messages.error(`${commandLine[0]}: ${error.message}`));
  const stopEnding = whenAborted(lease.signal, (reason) => {
    messages.error(`the lease ${lease.path} is lost: ${causeOf(reason)}; ending ${commandLine[0]} with SIGTERM`);
    child.kill('SIGTERM');
    const cancelKill = terminal.clock.setTimer(graceMs, () => child.kill('SIGKILL'));
    child.once('exit', cancelKill);
  });
  try {
    return await exited;
  } finally {
    passing.unsubscribe();
    stopEnding();
  }
}

function start(terminal: Terminal, lease: HeldLease, [file, ...args]: CommandLine): ChildProcess {
  return spawn(file, args, {
    stdio: terminal.commandStdio,
    env: { ...terminal.env, DOCENT_PATH: lease.path, DOCENT_FENCING_TOKEN: String(lease.token) },
  });
}

/** The lease is asked when the command ends, and by the clock: if this process was stopped, no timer may have run yet. */
function exitOf(child: ChildProcess, lease: HeldLease): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      if (!lease.isValid()) resolve(exitStatus.leaseLost);
      else resolve(signal === null ? (code ?? exitStatus.done) : statusOfSignal(signal));
    });
  });
}

/** Why, without the advice that is for programs. */
function causeOf(reason: unknown): string {
  return describeCause(reason instanceof LeaseLostError ? reason.cause : reason);
}

// SIGHUP comes from a terminal that goes away.
const keyboardSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGHUP'];

/** A terminal sends its keyboard's signals to every process in its foreground: passed on, the command would get them twice. */
function comesFromKeyboard(signal: NodeJS.Signals, terminal: Terminal): boolean {
  return terminal.interactive && keyboardSignals.includes(signal);
}

function cannotRun(messages: Messages, [file]: CommandLine, error: unknown): number {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const reasons = new Map<unknown, string>([
    ['ENOENT', 'no such command'],
    ['EACCES', 'it is no program, or you may not execute it'],
  ]);
  messages.error(`cannot run ${file}: ${reasons.get(code) ?? describeCause(error)}`);
  return code === 'ENOENT' ? exitStatus.notFound : exitStatus.cannotRun;
}
