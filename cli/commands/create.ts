import { Command } from 'commander';
import { type CreateMode, InvalidArgumentError, isSequential, type Session, validatePath, whenAborted } from '../../src/index.ts';
import { durationOption, newPathArgument, readData } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { statJson } from '../format.ts';
import { withClient } from '../session.ts';

interface CreateOptions {
  readonly ephemeral?: boolean;
  readonly sequential?: boolean;
  readonly container?: boolean;
  readonly parents?: boolean;
  /** In milliseconds. */
  readonly ttl?: number;
}

export function createCommand(perform: Perform): Command {
  return new Command('create')
    .description('make a znode and print its path')
    .addArgument(newPathArgument())
    .argument('[data]', 'its data; - for standard input', '')
    .option('-e, --ephemeral', 'gone with our session: keep running until interrupted')
    .option('-s, --sequential', 'the server adds a growing number to the name')
    .option('-c, --container', 'the server deletes it some time after its last child is gone')
    .option('-p, --parents', 'make missing parents too, as containers')
    .addOption(durationOption('--ttl <d>', 'the server deletes it when it has had no change and no child for so long'))
    .action(perform(create));
}

async function create(context: Context, path: string, data: string, options: CreateOptions): Promise<number> {
  const { printer, messages, terminal } = context;
  const mode = modeOf(options);
  if (!isSequential(mode)) validatePath(path);
  const bytes = await readData(data, terminal.stdin);
  await withClient(context, async (client, signal) => {
    const session = await client.connected({ signal });
    const made = await client.create(path, bytes, {
      session,
      signal,
      mode,
      parents: options.parents ?? false,
      // A person expects `name0000000007`. If the reply gets lost, they are told so.
      protect: false,
      ...(options.ttl === undefined ? {} : { ttlMs: options.ttl }),
    });
    await printer.print({ text: `${made.path}\n`, json: { path: made.path, stat: statJson(made.stat) } });
    if (options.ephemeral !== true) return;
    messages.note('the znode lives as long as this command; interrupt it (Ctrl-C) to remove the znode');
    await untilInterrupted(session, signal);
  });
  return exitStatus.done;
}

/** The kind of znode that the options ask for. */
export function modeOf({ ephemeral = false, sequential = false, container = false, ttl }: CreateOptions): CreateMode {
  const kinds = [ephemeral && '-e', container && '-c', ttl !== undefined && '--ttl'].filter((kind) => kind !== false);
  if (kinds.length > 1) throw new InvalidArgumentError('create', kinds.join(' '), 'these exclude each other');
  if (ttl === 0) throw new InvalidArgumentError('--ttl', ttl, 'must be longer than 0 ms');
  if (container && sequential) throw new InvalidArgumentError('create', '-c -s', 'a container cannot be sequential');
  if (container) return 'container';
  if (ephemeral) return sequential ? 'ephemeral-sequential' : 'ephemeral';
  if (ttl !== undefined) return sequential ? 'persistent-sequential-with-ttl' : 'persistent-with-ttl';
  return sequential ? 'persistent-sequential' : 'persistent';
}

/** Rejects with a `SessionLostError` if the session, and with it the znode, goes first. */
function untilInterrupted(session: Session, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    whenAborted(signal, () => resolve());
    whenAborted(session.signal, reject);
  });
}
