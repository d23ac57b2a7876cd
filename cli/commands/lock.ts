import { Command, Option } from 'commander';
import { type Lock, Mutex, ReadWriteLock } from '../../recipes/index.ts';
import type { Client } from '../../src/index.ts';
import { commandArgument, pathArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type InsideOptions, insideOptions, runInside } from '../inside.ts';
import type { CommandLine } from '../wrap.ts';

interface LockOptions extends InsideOptions {
  readonly shared?: boolean;
  readonly exclusive?: boolean;
}

export function lockCommand(perform: Perform): Command {
  const command = new Command('lock')
    .description('run a command while holding a fair lock')
    .usage('[options] <path> -- <command> [argument…]')
    .addArgument(pathArgument('path of the lock; made if missing'))
    .addArgument(commandArgument())
    .addOption(new Option('--shared', 'the read side of a read-write lock: beside other --shared ones').conflicts('exclusive'))
    .addOption(new Option('--exclusive', 'its write side: alone, and not beside --shared ones (default: a mutex, which has one side only)'))
    .action(perform(lock));
  for (const option of insideOptions()) command.addOption(option);
  return command;
}

async function lock(context: Context, path: string, commandLine: CommandLine, options: LockOptions): Promise<number> {
  return await runInside(context, commandLine, options, (client) => lockAt(client, path, options));
}

function lockAt(client: Client, path: string, { id, shared, exclusive }: LockOptions): Lock {
  const holdOptions = id === undefined ? {} : { id };
  if (shared === true) return new ReadWriteLock(client, path, holdOptions).read;
  if (exclusive === true) return new ReadWriteLock(client, path, holdOptions).write;
  return new Mutex(client, path, holdOptions);
}
