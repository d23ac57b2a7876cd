import { Command } from 'commander';
import { pathArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { follow } from '../follow.ts';
import { withClient } from '../session.ts';

export function watchCommand(perform: Perform): Command {
  return new Command('watch')
    .description('what happens to a znode, until interrupted: one line an event, TYPE PATH')
    .addArgument(pathArgument('path of a znode, which need not exist yet'))
    .option('-R, --recursive', 'and at all znodes below it')
    .action(perform(watch));
}

async function watch(context: Context, path: string, { recursive = false }: { recursive?: boolean }): Promise<number> {
  await withClient(context, (client, signal) =>
    follow(context, client.watch(path, { recursive }), signal, (event) =>
      context.printer.print({ text: `${event.type} ${event.path}\n`, json: { type: event.type, path: event.path } }),
    ),
  );
  return exitStatus.done;
}
