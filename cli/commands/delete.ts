import { Command } from 'commander';
import { anyVersion } from '../../src/index.ts';
import { pathArgument, versionOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { withClient } from '../session.ts';

export function deleteCommand(perform: Perform): Command {
  return new Command('delete')
    .description('delete a znode that has no children')
    .addArgument(pathArgument())
    .addOption(versionOption())
    .action(perform(deleteNode));
}

async function deleteNode(context: Context, path: string, { version = anyVersion }: { version?: number }): Promise<number> {
  await withClient(context, (client, signal) => client.delete(path, { version, signal }));
  return exitStatus.done;
}
