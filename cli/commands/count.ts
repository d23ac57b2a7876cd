import { Command } from 'commander';
import { decodeZnode, int32 } from '../../src/index.ts';
import { integerArgument, pathArgument, versionOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { withClient } from '../session.ts';
import { setNumber } from '../set-number.ts';

export function countCommand(perform: Perform): Command {
  const path = () => pathArgument('path of the count');
  return new Command('count')
    .description('read and set a shared count of 32 bits')
    .addCommand(new Command('get').description('print its value').addArgument(path()).action(perform(get)))
    .addCommand(
      new Command('set')
        .description('set it, and print the new version of its znode')
        .addArgument(path())
        .addArgument(integerArgument())
        .addOption(versionOption())
        .action(perform(set)),
    );
}

async function get(context: Context, path: string): Promise<number> {
  return await withClient(context, async (client, signal) => {
    // Not a SharedCount, which would make it.
    const { data, stat } = await client.get(path, { signal });
    const value = decodeZnode(path, int32, data);
    await context.printer.print({ text: `${value}\n`, json: { path, value, version: stat.version } });
    return exitStatus.done;
  });
}

async function set(context: Context, path: string, value: number, { version }: { version?: number }): Promise<number> {
  return await setNumber(context, { path, codec: int32, value }, version);
}
