import { Command, Option } from 'commander';
import { LeaderLatch } from '../../recipes/index.ts';
import { commandArgument, durationOption, pathArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { withClient } from '../session.ts';
import { type CommandLine, defaultGraceMs, wrap } from '../wrap.ts';

interface ElectOptions {
  readonly id?: string;
  /** In milliseconds. */
  readonly grace?: number;
}

export function electCommand(perform: Perform): Command {
  return new Command('elect')
    .description('run a command once we lead, and stop it when we lead no more')
    .usage('[options] <path> -- <command> [argument…]')
    .addArgument(pathArgument('path of the leader latch; made if missing'))
    .addArgument(commandArgument())
    .addOption(new Option('--id <id>', 'how `docent holders` calls us (default: host:pid)'))
    .addOption(durationOption('--grace <d>', 'from SIGTERM to SIGKILL when leadership is lost (default: 5s)'))
    .action(perform(elect));
}

async function elect(context: Context, path: string, commandLine: CommandLine, options: ElectOptions): Promise<number> {
  const { messages } = context;
  const { id, grace = defaultGraceMs } = options;
  return await withClient(context, async (client, signal) => {
    await using latch = new LeaderLatch(client, path, id === undefined ? {} : { id });
    const states = latch.state$.subscribe((state) => {
      if (state.kind === 'waiting') messages.note(`waiting to lead at ${path}, ${state.position} ahead`);
    });
    try {
      await using lease = await latch.acquire({ signal });
      messages.detail(`leading by ${lease.path}, fencing token ${lease.token}`);
      return await wrap(context, lease, commandLine, grace, signal);
    } finally {
      states.unsubscribe();
    }
  });
}
