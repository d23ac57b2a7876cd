import { Command } from 'commander';
import { from } from 'rxjs';
import { type Deadlock, findDeadlocks } from '../../recipes/index.ts';
import { first } from '../../src/index.ts';
import { rootArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { hex, printable } from '../format.ts';
import type { JsonObject } from '../print.ts';
import { withClient } from '../session.ts';

export function deadlocksCommand(perform: Perform): Command {
  return new Command('deadlocks')
    .description('circles of holders that wait for each other; status 1 when there is one')
    .addArgument(rootArgument())
    .action(perform(deadlocks));
}

async function deadlocks(context: Context, root: string): Promise<number> {
  const { printer, messages } = context;
  return await withClient(context, async (client, signal) => {
    const onUnreadable = (path: string) => messages.note(`${printable(path)}: no permission to look into it; passed over`);
    const found = await first(from(findDeadlocks(client, root, { signal, onUnreadable })), signal);
    if (found.length === 0) messages.note(`${root}: no deadlock`);
    await printer.printAll(found.map(textOf).join('\n'), found.map(jsonOf));
    return found.length === 0 ? exitStatus.done : exitStatus.refused;
  });
}

/** One line for each who waits: the next line's holds what it waits for, and the first line's what the last waits for. */
function textOf(deadlock: Deadlock): string {
  return deadlock
    .map(({ id, sessionId, waitsFor, waitingNode }, index) => {
      const next = deadlock[(index + 1) % deadlock.length];
      return `${printable(id)} (session ${hex(sessionId)}) waits for ${waitsFor}, behind ${printable(next?.id ?? '')}: ${waitingNode}\n`;
    })
    .join('');
}

function jsonOf(deadlock: Deadlock): JsonObject {
  return { members: deadlock.map((member) => ({ ...member, sessionId: hex(member.sessionId) })) };
}
