import { Command } from 'commander';
import { NoNodeError } from '../../src/index.ts';
import { pathArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { statJson, statText } from '../format.ts';
import { withClient } from '../session.ts';

export function statCommand(perform: Perform): Command {
  return new Command('stat').description('all eleven fields of the stat of a znode').addArgument(pathArgument()).action(perform(stat));
}

async function stat(context: Context, path: string): Promise<number> {
  await withClient(context, async (client, signal) => {
    const found = await client.exists(path, { signal });
    if (found === null) throw new NoNodeError('stat', path, 'NONODE');
    await context.printer.print({ text: statText(found), json: { path, stat: statJson(found) } });
  });
  return exitStatus.done;
}
