import { Command } from 'commander';
import { type AcquireOptions, Semaphore } from '../../recipes/index.ts';
import { commandArgument, countOption, pathArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type InsideOptions, insideOptions, runInside } from '../inside.ts';
import type { CommandLine } from '../wrap.ts';

interface SemaphoreCommandOptions extends InsideOptions {
  readonly leases: number;
  readonly permits?: number;
}

export function semaphoreCommand(perform: Perform): Command {
  const command = new Command('semaphore')
    .description('run a command while holding one of so many leases')
    .usage('[options] --leases <n> <path> -- <command> [argument…]')
    .addArgument(pathArgument('path of the semaphore; made if missing'))
    .addArgument(commandArgument())
    .addOption(countOption('--leases <n>', 'how many leases there are; the same for all who use the path').makeOptionMandatory())
    .addOption(countOption('--permits <n>', 'how many of them to take, all at once (default: 1)'))
    .action(perform(semaphore));
  for (const option of insideOptions()) command.addOption(option);
  return command;
}

async function semaphore(context: Context, path: string, commandLine: CommandLine, options: SemaphoreCommandOptions): Promise<number> {
  const { id, leases, permits = 1 } = options;
  return await runInside(context, commandLine, options, (client) => {
    const semaphore = new Semaphore(client, path, leases, id === undefined ? {} : { id });
    return {
      path,
      acquire: (bounds: AcquireOptions) => semaphore.acquire({ ...bounds, permits }),
      tryAcquire: (bounds) => semaphore.tryAcquire({ ...bounds, permits }),
    };
  });
}
