import { Command } from 'commander';
import { InvalidArgumentError, NoNodeError } from '../../src/index.ts';
import { pathArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { withClient } from '../session.ts';

export function deleteAllCommand(perform: Perform): Command {
  return new Command('deleteall')
    .description('delete a znode and all below it, deepest first')
    .addArgument(pathArgument())
    .action(perform(deleteAll));
}

async function deleteAll(context: Context, path: string): Promise<number> {
  if (path === '/') throw new InvalidArgumentError('path', path, 'the root cannot be deleted; name what is below it');
  await withClient(context, async (client, signal) => {
    // Only a person can have mistyped the path: for programs a missing znode is fine.
    if ((await client.exists(path, { signal })) === null) throw new NoNodeError('deleteall', path, 'NONODE');
    await client.deleteAll(path, { signal });
  });
  return exitStatus.done;
}
