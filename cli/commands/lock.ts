import { Command, Option } from 'commander';
import { Mutex } from '../../recipes/index.ts';
import { commandArgument, pathArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type InsideOptions, insideOptions, runInside } from '../inside.ts';
import type { CommandLine } from '../wrap.ts';

export function lockCommand(perform: Perform): Command {
  const command = new Command('lock')
    .description('run a command while holding a fair lock')
    .usage('[options] <path> -- <command> [argument…]')
    .addArgument(pathArgument('path of the lock; made if missing'))
    .addArgument(commandArgument())
    // The only kind there is so far, and the default.
    .addOption(new Option('--exclusive', 'one holder at a time (the default)'))
    .action(perform(lock));
  for (const option of insideOptions()) command.addOption(option);
  return command;
}

async function lock(context: Context, path: string, commandLine: CommandLine, options: InsideOptions): Promise<number> {
  const { id } = options;
  return await runInside(context, commandLine, options, (client) => new Mutex(client, path, id === undefined ? {} : { id }));
}
