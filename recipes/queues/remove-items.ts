import { joinPath, NodeExistsError, NoNodeError, never } from '../../src/index.ts';
import { inAnySession } from '../common/in-any-session.ts';
import { childrenOf } from '../common/unless-gone.ts';
import { makeDirectory } from './directory.ts';
import { isItem } from './items/item-names.ts';
import type { QueueContext } from './queue-context.ts';
import { applyGroups, type Group } from './transaction-groups.ts';

/**
 * Removes items that nobody has in hand, until there are none left, and resolves with how many they were. A claim is made and given back for each, so that it
 * is not taken from under somebody. If a reply is lost, an item that a consumer has taken at the same moment may be counted.
 */
export async function removeItems<T>(context: QueueContext<T>, isWanted: (name: string) => boolean): Promise<number> {
  const { client, path, lockPath } = context;
  const inHand = new Set<string>();
  let listed: string[] = [];
  let count = 0;
  return await inAnySession(client, never, async (session) => {
    if (listed.length === 0)
      listed = (await childrenOf(client, path, { session })).filter((name) => isItem(name) && isWanted(name) && !inHand.has(name));
    if (listed.length === 0) return count;
    // A failure leaves them to the next listing.
    const names = listed.splice(0, atOnce);
    const groups = names.map((name) => groupOf(context, name));
    const wasApplied = async ([, removal]: Group) => removal !== undefined && (await client.exists(removal.path, { session })) === null;
    const results = await applyGroups(groups, { client, session, uponRefusal: 'skip', wasApplied });
    for (const [index, result] of results.entries()) {
      const name = names[index] ?? '';
      if (result.kind === 'applied') count += 1;
      if (result.kind !== 'refused') continue;
      const { error } = result;
      if (error instanceof NodeExistsError) inHand.add(name);
      else if (!(error instanceof NoNodeError)) throw error;
      else if (error.path === joinPath(lockPath, name)) await makeDirectory(client, lockPath, { session });
    }
    return undefined;
  });
}

const atOnce = 200;

function groupOf<T>({ path, lockPath, claimData }: QueueContext<T>, name: string): Group {
  const claimPath = joinPath(lockPath, name);
  return [
    { op: 'create', path: claimPath, data: claimData, mode: 'ephemeral' },
    { op: 'delete', path: joinPath(path, name) },
    { op: 'delete', path: claimPath },
  ];
}
