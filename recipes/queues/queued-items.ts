import { type Client, joinPath, NoAuthError, type Stat } from '../../src/index.ts';
import { childrenOf, unlessGone } from '../common/unless-gone.ts';
import { readFrame } from './items/item-bytes.ts';
import { isItem } from './items/item-names.ts';

/** An item that is in the queue. */
export interface QueuedItem {
  /** Of its znode. */
  readonly name: string;
  /** When it was put, by the server's clock. */
  readonly putAt: Date;
  /** Of the znode's data. */
  readonly sizeBytes: number;
  /** How often it has been given to somebody. */
  readonly deliveries: number;
}

/** Asked together: enough to fill the way to the server. */
const atOnce = 500;

/** The first so many items, in the order in which they are taken. */
export async function queuedItems(
  client: Client,
  path: string,
  sorted: (names: readonly string[]) => readonly string[],
  limit: number,
): Promise<readonly QueuedItem[]> {
  const names = sorted((await childrenOf(client, path)).filter(isItem));
  const items: QueuedItem[] = [];
  for (let at = 0; at < names.length && items.length < limit; at += atOnce) {
    const some = await Promise.all(names.slice(at, at + atOnce).map((name) => queuedItem(client, path, name)));
    items.push(...some.flat());
  }
  return items.slice(0, limit);
}

async function queuedItem(client: Client, path: string, name: string): Promise<readonly QueuedItem[]> {
  const stat = await client.exists(joinPath(path, name));
  if (stat === null) return [];
  const deliveries = stat.version === 0 ? 0 : await deliveriesAt(client, joinPath(path, name), stat);
  return [{ name, putAt: new Date(Number(stat.ctime)), sizeBytes: stat.dataLength, deliveries }];
}

/** From which version on they are counted stands in the item, if it is not the first. One that cannot be read is counted as if it did not. */
async function deliveriesAt(client: Client, path: string, { version }: Stat): Promise<number> {
  try {
    const node = await unlessGone(client.get(path));
    return node === undefined ? version : Math.max(0, node.stat.version - readFrame(node.data).countedFrom);
  } catch (error) {
    if (error instanceof RangeError || error instanceof NoAuthError) return version;
    throw error;
  }
}
