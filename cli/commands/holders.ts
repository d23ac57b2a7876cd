import { Command } from 'commander';
import { from } from 'rxjs';
import { Mutex, type Participant } from '../../recipes/index.ts';
import { first } from '../../src/index.ts';
import { pathArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { columns, hex, printable, time } from '../format.ts';
import type { JsonObject } from '../print.ts';
import { withClient } from '../session.ts';

export function holdersCommand(perform: Perform): Command {
  return new Command('holders')
    .description('who holds a lock and who waits for it, since when and under which name, in line order')
    .addArgument(pathArgument('path of the lock'))
    .action(perform(holders));
}

async function holders(context: Context, path: string): Promise<number> {
  const { printer, messages } = context;
  await withClient(context, async (client, signal) => {
    const participants = await first(from(new Mutex(client, path).participants()), signal);
    if (participants.length === 0) messages.note(`${path}: nobody holds it, nobody waits`);
    await printer.printAll(participants.length === 0 ? '' : tableOf(participants), participants.map(jsonOf));
  });
  return exitStatus.done;
}

function tableOf(participants: readonly Participant[]): string {
  const rows = participants.map(({ holds, sinceMs, sessionId, id, path }) => [
    holds ? 'holds' : 'waits',
    time(sinceMs),
    hex(sessionId),
    printable(id),
    path,
  ]);
  return columns([['STATE', 'SINCE', 'SESSION', 'ID', 'PATH'], ...rows]);
}

function jsonOf({ path, id, holds, position, sessionId, sinceMs }: Participant): JsonObject {
  return { path, id, holds, position, sessionId: hex(sessionId), sinceMs };
}
