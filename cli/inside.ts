import { Option } from 'commander';
import type { Lease } from '../recipes/index.ts';
import type { Client } from '../src/index.ts';
import { durationOption } from './arguments.ts';
import type { Context } from './context.ts';
import { exitStatus } from './exit-status.ts';
import { withClient } from './session.ts';
import { type CommandLine, defaultGraceMs, wrap } from './wrap.ts';

/** How to get what a command is to run inside of. */
export interface Entrance {
  /** Path of the lock, for messages. */
  readonly path: string;
  acquire(options: { signal: AbortSignal; timeoutMs: number | undefined; onQueued: (ahead: number) => void }): Promise<Lease>;
  tryAcquire(options: { signal: AbortSignal }): Promise<Lease | null>;
}

/** As commander stores them. */
export interface InsideOptions {
  /** In milliseconds; 0: do not wait. */
  readonly timeout?: number;
  readonly id?: string;
  /** In milliseconds. */
  readonly grace?: number;
}

/** A new set of the options that all have who run a command inside of something. */
export function insideOptions(): readonly Option[] {
  return [
    durationOption('--timeout <d>', 'give up, with status 124, when not acquired by then; 0s: do not wait (default: wait for ever)'),
    new Option('--id <id>', 'how `docent holders` calls us (default: host:pid)'),
    durationOption('--grace <d>', 'from SIGTERM to SIGKILL when the lease is lost (default: 5s)'),
  ];
}

/** Acquires, runs the command, releases, and resolves with the status to end with. */
export async function runInside(
  context: Context,
  commandLine: CommandLine,
  { timeout, grace = defaultGraceMs }: InsideOptions,
  entranceTo: (client: Client) => Entrance,
): Promise<number> {
  const { messages } = context;
  return await withClient(context, async (client, signal) => {
    const entrance = entranceTo(client);
    await using lease = await acquire(context, entrance, signal, timeout);
    if (lease === null) {
      const { path } = entrance;
      messages.error(`${path} is held by another, and with --timeout 0s we do not wait`, `'docent holders ${path}' shows by whom`);
      return exitStatus.timedOut;
    }
    messages.detail(`holding ${lease.path}, fencing token ${lease.token}`);
    return await wrap(context, lease, commandLine, grace, signal);
  });
}

/** Null if it is held and there is no time to wait. */
async function acquire(
  { messages }: Context,
  entrance: Entrance,
  signal: AbortSignal,
  timeoutMs: number | undefined,
): Promise<Lease | null> {
  if (timeoutMs === 0) return await entrance.tryAcquire({ signal });
  const onQueued = (ahead: number) => messages.note(`waiting for ${entrance.path}, ${ahead === 0 ? 'next to enter' : `${ahead} ahead`}`);
  return await entrance.acquire({ signal, timeoutMs, onQueued });
}
