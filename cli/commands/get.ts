import { Command } from 'commander';
import type { Stat } from '../../src/index.ts';
import { pathArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { follow } from '../follow.ts';
import { dataJson, statJson, statText } from '../format.ts';
import type { Result } from '../print.ts';
import { withClient } from '../session.ts';

interface GetOptions {
  readonly stat?: boolean;
  readonly watch?: boolean;
}

interface Node {
  readonly data: Buffer;
  readonly stat: Stat;
}

export function getCommand(perform: Perform): Command {
  return new Command('get')
    .description('data of a znode: its bytes, nothing added')
    .addArgument(pathArgument())
    .option('-s, --stat', 'and its stat, on lines of its own')
    .option('-w, --watch', 'and every newer value, each ended with a line break, until interrupted')
    .action(perform(get));
}

async function get(context: Context, path: string, options: GetOptions): Promise<number> {
  const { printer, messages } = context;
  await withClient(context, async (client, signal) => {
    if (options.watch !== true) return await printer.print(shown(path, await client.get(path, { signal }), options));
    await follow(context, client.data$(path), signal, async (node) => {
      if (node === null) messages.note(`${path}: no such znode, waiting for it`);
      await printer.print(node === null ? { text: '', json: { path, data: null } } : shown(path, node, options));
    });
  });
  return exitStatus.done;
}

function shown(path: string, { data, stat }: Node, options: GetOptions): Result {
  const end = options.watch === true || options.stat === true ? '\n' : '';
  const text = Buffer.concat([data, Buffer.from(end + (options.stat === true ? statText(stat) : ''))]);
  return { text, json: { path, ...dataJson(data), ...(options.stat === true ? { stat: statJson(stat) } : {}) } };
}
