import { Command, CommanderError } from 'commander';
import { describeCause, InternalError, InvalidArgumentError } from '../src/index.ts';
import { type Context, contextOf, type Perform } from './context.ts';
import { exitStatus, statusOf } from './exit-status.ts';
import { hintFor } from './hint.ts';
import { InterruptedError } from './interruption.ts';
import { inTermsOfOptions } from './option-names.ts';
import { OutputClosedError } from './print.ts';
import { buildProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/**
 * Runs the program and resolves with its exit status.
 *
 * @param args what stands behind the program's name
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let status: number = exitStatus.done;
  const perform: Perform =
    <Args extends readonly unknown[]>(work: (context: Context, ...args: Args) => Promise<number>) =>
    async (...received) => {
      const command = received.at(-1);
      if (!(command instanceof Command)) throw new InternalError('commander hands the command over last');
      const context = contextOf(terminal, command);
      // commander hands over what the command has declared; the types are known to the command only.
      const given = received.slice(0, -1) as readonly unknown[] as Args;
      status = await statusAfter(context, command, work(context, ...given));
    };
  const program = buildProgram(terminal, perform);
  try {
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    // It has been told already; help that was asked for counts as done.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.done : exitStatus.usage;
    throw error;
  }
}

async function statusAfter(context: Context, command: Command, working: Promise<number>): Promise<number> {
  try {
    return await working;
  } catch (error) {
    const status = statusOf(error);
    if (error instanceof InvalidArgumentError) command.error(`error: ${inTermsOfOptions(error, context)}`);
    if (error instanceof InterruptedError || error instanceof OutputClosedError) return status;
    context.messages.error(describeCause(error), hintFor(error));
    if (error instanceof Error) context.messages.detail(error.stack ?? '');
    return status;
  }
}
