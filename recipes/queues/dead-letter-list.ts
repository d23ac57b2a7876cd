import { type Client, joinPath, type NodeData, NoNodeError, type Session } from '../../src/index.ts';
import { inAnySession } from '../common/in-any-session.ts';
import { childrenOf } from '../common/unless-gone.ts';
import { makeDirectory } from './directory.ts';
import { type Obituary, openDeadLetter } from './items/dead-letter-bytes.ts';
import { isItem, withoutSequence } from './items/item-names.ts';
import { applyGroups } from './transaction-groups.ts';

/** An item that nobody could handle. */
export interface DeadLetter extends Obituary {
  /** Of its znode. */
  readonly name: string;
  /** The item's znode, as it was. */
  readonly data: Buffer;
}

const atOnce = 100;

/** All that are there, in the order of their names. */
export async function deadLettersAt(client: Client, directory: string): Promise<readonly DeadLetter[]> {
  const names = (await childrenOf(client, directory)).filter(isItem).toSorted();
  const letters: DeadLetter[] = [];
  for (let at = 0; at < names.length; at += atOnce) {
    const some = names.slice(at, at + atOnce);
    const results = await client.readMany(some.map((name) => ({ op: 'get', path: joinPath(directory, name) })));
    for (const [index, name] of some.entries()) {
      const result = results[index];
      if (result?.op === 'get') letters.push(letterOf(name, result));
      else if (result?.op === 'refused' && result.error.code !== 'NONODE') throw result.error;
    }
  }
  return letters;
}

/** Puts a dead letter back into its queue, behind those that are there, with its priority, due time or id. */
export async function redrive(client: Client, from: string, to: string, signal: AbortSignal): Promise<void> {
  const name = from.slice(from.lastIndexOf('/') + 1);
  const { item, data } = letterOf(name, await client.get(from, { signal }));
  const create = { op: 'create', path: joinPath(to, withoutSequence(item)), data, mode: 'persistent-sequential' } as const;
  // Its session was over before we were answered: if the letter is gone then, it was us.
  let isDoubtful = false;
  await inAnySession(client, signal, async (session: Session) => {
    const wasApplied = async () => (await client.exists(from, { session })) === null;
    const [result] = await applyGroups([[create, { op: 'delete', path: from }]], { client, session, uponRefusal: 'skip', wasApplied });
    if (result?.kind === 'applied') return true;
    isDoubtful ||= result?.kind === 'lost';
    if (result?.kind !== 'refused') return undefined;
    const { error } = result;
    const isGone = error instanceof NoNodeError && error.path === from;
    if (isGone && isDoubtful) return true;
    if (isGone || !(error instanceof NoNodeError)) throw error;
    await makeDirectory(client, to, { session });
    return undefined;
  });
}

/** One that left no room for its reason tells only what its znode does. */
function letterOf(name: string, { data, stat }: NodeData): DeadLetter {
  const letter = openDeadLetter(data);
  if (letter !== undefined) return { name, ...letter };
  return { name, data, reason: '', deliveries: 0, at: new Date(Number(stat.ctime)), item: name.slice(0, name.lastIndexOf('-')) };
}
