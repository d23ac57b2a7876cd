import { createRequire } from 'node:module';
import { Command } from 'commander';
import { z } from 'zod';
import { barrierCommand } from './commands/barrier.ts';
import { countCommand } from './commands/count.ts';
import { counterCommand } from './commands/counter.ts';
import { createCommand } from './commands/create.ts';
import { deadlocksCommand } from './commands/deadlocks.ts';
import { deleteCommand } from './commands/delete.ts';
import { deleteAllCommand } from './commands/delete-all.ts';
import { demoCommand } from './commands/demo.ts';
import { electCommand } from './commands/elect.ts';
import { getCommand } from './commands/get.ts';
import { groupCommand } from './commands/group.ts';
import { holdersCommand } from './commands/holders.ts';
import { lockCommand } from './commands/lock.ts';
import { lsCommand } from './commands/ls.ts';
import { queueCommand } from './commands/queue.ts';
import { scheduleCommand } from './commands/schedule.ts';
import { semaphoreCommand } from './commands/semaphore.ts';
import { serveCommand } from './commands/serve.ts';
import { serviceCommand } from './commands/service.ts';
import { setCommand } from './commands/set.ts';
import { statCommand } from './commands/stat.ts';
import { watchCommand } from './commands/watch.ts';
import type { Perform } from './context.ts';
import { globalOptions } from './global-options.ts';
import type { Terminal } from './terminal.ts';

const commands: readonly ((perform: Perform) => Command)[] = [
  lsCommand,
  getCommand,
  createCommand,
  setCommand,
  deleteCommand,
  deleteAllCommand,
  statCommand,
  watchCommand,
  lockCommand,
  semaphoreCommand,
  electCommand,
  barrierCommand,
  queueCommand,
  counterCommand,
  countCommand,
  groupCommand,
  serviceCommand,
  scheduleCommand,
  holdersCommand,
  deadlocksCommand,
  serveCommand,
  demoCommand,
];

/** The whole command line. Instead of ending the process, it throws a `CommanderError`. */
export function buildProgram(terminal: Terminal, perform: Perform): Command {
  const program = new Command('docent')
    .description('Look at znodes, and run commands inside a lock that holds across machines, over ZooKeeper.')
    .version(ownVersion())
    // Else `docent set --version 3` would print our own version. Global options are therefore known to each command too.
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error:/, 'docent:')),
    });
  for (const option of globalOptions()) program.addOption(option);
  for (const make of commands) program.addCommand(completed(make(perform), program, 'docent'));
  return withUsageAfterErrors(program, 'docent');
}

function completed(command: Command, parent: Command, parentName: string): Command {
  const name = `${parentName} ${command.name()}`;
  command.copyInheritedSettings(parent);
  for (const option of globalOptions()) command.addOption(option.hideHelp());
  for (const child of command.commands) completed(child, command, name);
  return withUsageAfterErrors(command, name);
}

/** The whole help would push the error off the screen. */
function withUsageAfterErrors(command: Command, name: string): Command {
  return command.showHelpAfterError(`Usage: ${name} ${command.usage()}\nhint: '${name} --help' tells more`);
}

function ownVersion(): string {
  const load = createRequire(import.meta.url);
  return z.object({ version: z.string() }).parse(load('docent/package.json')).version;
}
