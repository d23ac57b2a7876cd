import { Command, Option } from 'commander';
import { filter } from 'rxjs';
import { Group, GroupMember, type Member, type Members } from '../../recipes/index.ts';
import { first } from '../../src/index.ts';
import { commandArgument, durationOption, pathArgument, readData } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { follow } from '../follow.ts';
import { columns, dataJson, hex, printable } from '../format.ts';
import { lasting } from '../lasting.ts';
import type { JsonObject } from '../print.ts';
import { withClient } from '../session.ts';
import { type CommandLine, defaultGraceMs, wrap } from '../wrap.ts';

interface JoinOptions {
  readonly id: string;
  readonly data?: string;
  /** In milliseconds. */
  readonly timeout?: number;
}

interface LsOptions {
  readonly watch?: boolean;
}

export function groupCommand(perform: Perform): Command {
  return new Command('group')
    .description('be in a group while a command runs, or see who is')
    .addCommand(
      new Command('join')
        .description('run a command while being a member, across sessions')
        .usage('[options] --id <id> <path> -- <command> [argument…]')
        .addArgument(pathArgument('path of the group; made if missing'))
        .addArgument(commandArgument())
        .addOption(new Option('--id <id>', "our name in the group; nobody else's").makeOptionMandatory())
        .addOption(new Option('--data <data>', 'what others are to know of us; - is standard input (default: nothing)'))
        .addOption(durationOption('--timeout <d>', 'give up, with status 124, when not in by then (default: wait for ever)'))
        .action(perform(join)),
    )
    .addCommand(
      new Command('ls')
        .description('who is there, sorted by id')
        .addArgument(pathArgument('path of the group'))
        .option('-w, --watch', 'and anew whenever somebody comes, changes or goes, until interrupted')
        .action(perform(ls)),
    );
}

async function join(context: Context, path: string, commandLine: CommandLine, options: JoinOptions): Promise<number> {
  const { terminal, messages } = context;
  const data = await readData(options.data ?? '', terminal.stdin);
  return await withClient(context, async (client, signal) => {
    await using member = new GroupMember(client, path, options.id, { data });
    const states = member.state$.subscribe((state) => {
      if (state.kind === 'taken') messages.note(`waiting to be ${state.path}, which session ${hex(state.sessionId)} is`);
    });
    try {
      await member.join({ timeoutMs: options.timeout, signal });
      const { path: own, czxid } = await first(member.state$.pipe(filter((state) => state.kind === 'present')), signal);
      return await wrap(context, lasting(own, czxid), commandLine, defaultGraceMs, signal);
    } finally {
      states.unsubscribe();
    }
  });
}

async function ls(context: Context, path: string, { watch = false }: LsOptions): Promise<number> {
  await withClient(context, async (client, signal) => {
    const group = new Group(client, path);
    if (watch) await follow(context, group.members$, signal, (members) => show(context, path, members, '\n'));
    else await show(context, path, await group.members({ signal }), '');
  });
  return exitStatus.done;
}

async function show({ printer, messages }: Context, path: string, members: Members<Uint8Array>, end: string): Promise<void> {
  const found = [...members.values()];
  for (const { error } of found) if (error !== undefined) messages.error(error.message);
  if (found.length === 0) messages.note(`${path}: nobody is there`);
  const rows = found.map(({ id, data }) => [printable(id), printable(Buffer.from(data ?? '').toString())]);
  await printer.printAll(`${columns(found.length === 0 ? [] : [['ID', 'DATA'], ...rows])}${end}`, found.map(jsonOf));
}

function jsonOf({ id, data, error }: Member<Uint8Array>): JsonObject {
  return error === undefined ? { id, ...dataJson(data) } : { id, data: null, error: error.message };
}
