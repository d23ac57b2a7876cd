import { Command, Option } from 'commander';
import { Barrier, DoubleBarrier } from '../../recipes/index.ts';
import { BarrierTimeoutError, first } from '../../src/index.ts';
import { commandArgument, countOption, durationOption, pathArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { withClient } from '../session.ts';
import { type CommandLine, defaultGraceMs, wrap } from '../wrap.ts';

interface WaitOptions {
  /** In milliseconds. */
  readonly timeout?: number;
}

interface EnterOptions extends WaitOptions {
  readonly size: number;
  readonly id?: string;
  /** In milliseconds. */
  readonly grace?: number;
}

export function barrierCommand(perform: Perform): Command {
  return new Command('barrier')
    .description('hold others up, wait, or begin and end together')
    .addCommand(
      new Command('set').description('hold up all who wait').addArgument(pathArgument('path of the barrier')).action(perform(set)),
    )
    .addCommand(
      new Command('remove').description('let all go who wait').addArgument(pathArgument('path of the barrier')).action(perform(remove)),
    )
    .addCommand(
      new Command('wait')
        .description('wait until the barrier is not set')
        .addArgument(pathArgument('path of the barrier'))
        .addOption(durationOption('--timeout <d>', 'give up, with status 124; 0s: do not wait (default: wait for ever)'))
        .action(perform(wait)),
    )
    .addCommand(
      new Command('enter')
        .description('run a command when so many have entered, and end when all have left')
        .usage('[options] --size <n> <path> -- <command> [argument…]')
        .addArgument(pathArgument('path of the double barrier; made if missing'))
        .addArgument(commandArgument())
        .addOption(countOption('--size <n>', 'how many it takes; the same for all who use the path').makeOptionMandatory())
        .addOption(durationOption('--timeout <d>', 'give up, with status 124, when not in by then (default: wait for ever)'))
        .addOption(new Option('--id <id>', 'what our znode says of us (default: host:pid)'))
        .addOption(durationOption('--grace <d>', 'from SIGTERM to SIGKILL when the session is lost (default: 5s)'))
        .action(perform(enter)),
    );
}

async function set(context: Context, path: string): Promise<number> {
  return await withClient(context, async (client, signal) => {
    await new Barrier(client, path).set({ signal });
    return exitStatus.done;
  });
}

async function remove(context: Context, path: string): Promise<number> {
  return await withClient(context, async (client, signal) => {
    await new Barrier(client, path).remove({ signal });
    return exitStatus.done;
  });
}

async function wait(context: Context, path: string, { timeout }: WaitOptions): Promise<number> {
  return await withClient(context, async (client, signal) => {
    const barrier = new Barrier(client, path);
    if (timeout !== 0) await barrier.waitOn({ timeoutMs: timeout, signal });
    else if (await first(barrier.isSet$, signal)) throw new BarrierTimeoutError(path, 0, 'it is set');
    return exitStatus.done;
  });
}

async function enter(context: Context, path: string, commandLine: CommandLine, options: EnterOptions): Promise<number> {
  const { size, timeout, id, grace = defaultGraceMs } = options;
  return await withClient(context, async (client, signal) => {
    const barrier = new DoubleBarrier(client, path, size, id === undefined ? {} : { id });
    await using attendance = await barrier.enter({ timeoutMs: timeout, signal });
    const status = await wrap(context, attendance.lease, commandLine, grace, signal);
    // Who was told to end does not wait for the others, and who was lost is not waited for.
    if (!signal.aborted && attendance.lease.isValid()) await attendance.leave({ signal });
    return status;
  });
}
