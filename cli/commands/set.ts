import { Command } from 'commander';
import { anyVersion } from '../../src/index.ts';
import { pathArgument, readData, versionOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { statJson } from '../format.ts';
import { withClient } from '../session.ts';

export function setCommand(perform: Perform): Command {
  return new Command('set')
    .description('change the data of a znode and print its new version')
    .addArgument(pathArgument())
    .argument('<data>', 'the new data; - for standard input')
    .addOption(versionOption())
    .action(perform(set));
}

async function set(context: Context, path: string, data: string, { version = anyVersion }: { version?: number }): Promise<number> {
  const bytes = await readData(data, context.terminal.stdin);
  await withClient(context, async (client, signal) => {
    const stat = await client.set(path, bytes, { version, signal });
    await context.printer.print({ text: `${stat.version}\n`, json: { path, version: stat.version, stat: statJson(stat) } });
  });
  return exitStatus.done;
}
