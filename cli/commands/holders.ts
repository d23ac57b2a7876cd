import { Command } from 'commander';
import { from } from 'rxjs';
import { type Holder, holders as holdersOf } from '../../recipes/index.ts';
import { first } from '../../src/index.ts';
import { pathArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { columns, hex, printable, time } from '../format.ts';
import type { JsonObject } from '../print.ts';
import { withClient } from '../session.ts';

export function holdersCommand(perform: Perform): Command {
  return new Command('holders')
    .description('who holds a lock, a latch or a semaphore and who waits, since when and under which name, in line order')
    .addArgument(pathArgument('path of the lock, the latch or the semaphore'))
    .action(perform(holders));
}

async function holders(context: Context, path: string): Promise<number> {
  const { printer, messages } = context;
  await withClient(context, async (client, signal) => {
    const found = await first(from(holdersOf(client, path, { signal })), signal);
    if (found.length === 0) messages.note(`${path}: nobody holds it, nobody waits`);
    await printer.printAll(found.length === 0 ? '' : tableOf(found), found.map(jsonOf));
  });
  return exitStatus.done;
}

function tableOf(found: readonly Holder[]): string {
  const rows = found.map(({ holds, sinceMs, sessionId, id, path }) => [
    holds ? 'holds' : 'waits',
    time(sinceMs),
    hex(sessionId),
    printable(id),
    path,
  ]);
  return columns([['STATE', 'SINCE', 'SESSION', 'ID', 'PATH'], ...rows]);
}

function jsonOf({ path, id, owner, holds, isShared, position, sessionId, sinceMs }: Holder): JsonObject {
  return { path, id, owner: owner ?? null, holds, shared: isShared, position, sessionId: hex(sessionId), sinceMs };
}
