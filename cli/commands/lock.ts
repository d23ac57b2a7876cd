import { Command, Option } from 'commander';
import { type Lease, Mutex } from '../../recipes/index.ts';
import { commandArgument, durationOption, pathArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { withClient } from '../session.ts';
import { type CommandLine, wrap } from '../wrap.ts';

interface LockOptions {
  /** In milliseconds; 0: do not wait. */
  readonly timeout?: number;
  readonly id?: string;
  /** In milliseconds. */
  readonly grace?: number;
}

const defaultGraceMs = 5_000;

export function lockCommand(perform: Perform): Command {
  return (
    new Command('lock')
      .description('run a command while holding a fair lock')
      .usage('[options] <path> -- <command> [argument…]')
      .addArgument(pathArgument('path of the lock; made if missing'))
      .addArgument(commandArgument())
      // The only kind there is so far, and the default.
      .addOption(new Option('--exclusive', 'one holder at a time (the default)'))
      .addOption(
        durationOption('--timeout <d>', 'give up, with status 124, when not acquired by then; 0s: do not wait (default: wait for ever)'),
      )
      .addOption(new Option('--id <id>', 'how `docent holders` calls us (default: host:pid)'))
      .addOption(durationOption('--grace <d>', 'from SIGTERM to SIGKILL when the lease is lost (default: 5s)'))
      .action(perform(lock))
  );
}

async function lock(context: Context, path: string, commandLine: CommandLine, options: LockOptions): Promise<number> {
  return await withClient(context, async (client, signal) => {
    const mutex = new Mutex(client, path, options.id === undefined ? {} : { id: options.id });
    await using lease = await acquire(context, mutex, signal, options.timeout);
    if (lease === null) {
      context.messages.error(`${path} is held by another, and with --timeout 0s we do not wait`, `'docent holders ${path}' shows by whom`);
      return exitStatus.timedOut;
    }
    context.messages.detail(`holding ${lease.path}, fencing token ${lease.token}`);
    return await wrap(context, lease, commandLine, options.grace ?? defaultGraceMs);
  });
}

/** Null if the lock is held and there is no time to wait. */
async function acquire({ messages }: Context, mutex: Mutex, signal: AbortSignal, timeoutMs: number | undefined): Promise<Lease | null> {
  if (timeoutMs === 0) return await mutex.tryAcquire({ signal });
  const onQueued = (position: number) => messages.note(`waiting for ${mutex.path}, ${position} ahead`);
  return await mutex.acquire({ signal, timeoutMs, onQueued });
}
