import type { Command } from 'commander';
import { type GlobalOptions, globalOptionsOf } from './global-options.ts';
import { Messages } from './messages.ts';
import { Printer } from './print.ts';
import type { Terminal } from './terminal.ts';

/** What every command works with. */
export interface Context {
  readonly terminal: Terminal;
  readonly options: GlobalOptions;
  readonly printer: Printer;
  readonly messages: Messages;
}

export function contextOf(terminal: Terminal, command: Command): Context {
  const options = globalOptionsOf(command);
  return {
    terminal,
    options,
    printer: new Printer(terminal.stdout, options.json),
    messages: new Messages(terminal.stderr, options.verbosity),
  };
}

/**
 * Makes an action for commander of what a command does. `work` gets the arguments and, last, the options, and resolves with the exit status.
 */
export type Perform = <Args extends readonly unknown[]>(
  work: (context: Context, ...args: Args) => Promise<number>,
) => (...received: readonly unknown[]) => Promise<void>;
