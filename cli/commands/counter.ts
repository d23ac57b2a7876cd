import { Command, Option } from 'commander';
import { AtomicLong } from '../../recipes/index.ts';
import { int64 } from '../../src/index.ts';
import { longArgument, longOf, pathArgument, versionOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { withClient } from '../session.ts';
import { setNumber } from '../set-number.ts';

export function counterCommand(perform: Perform): Command {
  const path = () => pathArgument('path of the counter');
  return new Command('counter')
    .description('read and change a counter of 64 bits')
    .addCommand(new Command('get').description('print its value; one that is not there is 0').addArgument(path()).action(perform(get)))
    .addCommand(
      new Command('add')
        .description('add to it, and print the new value')
        .addArgument(path())
        .addOption(new Option('--by <n>', 'how much; less than 0 to subtract (default: 1)').argParser(longOf))
        .action(perform(add)),
    )
    .addCommand(
      new Command('set')
        .description('set it, and print the new version of its znode')
        .addArgument(path())
        .addArgument(longArgument())
        .addOption(versionOption())
        .action(perform(set)),
    );
}

async function get(context: Context, path: string): Promise<number> {
  return await withClient(context, async (client, signal) => {
    const value = await new AtomicLong(client, path, { as: 'bigint' }).get({ signal });
    await context.printer.print({ text: `${value}\n`, json: { path, value: String(value) } });
    return exitStatus.done;
  });
}

async function add(context: Context, path: string, { by = 1n }: { by?: bigint }): Promise<number> {
  return await withClient(context, async (client, signal) => {
    const { before, after } = await new AtomicLong(client, path, { as: 'bigint' }).add(by, { signal });
    await context.printer.print({ text: `${after}\n`, json: { path, before: String(before), after: String(after) } });
    return exitStatus.done;
  });
}

async function set(context: Context, path: string, value: bigint, { version }: { version?: number }): Promise<number> {
  return await setNumber(context, { path, codec: int64, value }, version);
}
