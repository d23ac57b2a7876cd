import { type Client, type Codec, decodeZnode, joinPath, type NodeData } from '../../../src/index.ts';
import { itemsIn } from '../items/item-bytes.ts';
import type { Stock } from './stock.ts';

/** An item's znode as it was read. */
export interface FoundItem<T> {
  readonly name: string;
  readonly path: string;
  readonly data: Buffer;
  /** How often it has been given to somebody: claiming it stores its data anew. */
  readonly version: number;
  readonly czxid: bigint;
  /** What is in it, one value unless Curator has put several together; or why that cannot be told. */
  readonly content: { readonly kind: 'items'; readonly items: readonly T[] } | { readonly kind: 'malformed'; readonly error: unknown };
}

/** Reads items in one flight, and drops from the stock those that are gone. */
export async function readItems<T>(
  client: Client,
  codec: Codec<T>,
  { path, names, stock }: { readonly path: string; readonly names: readonly string[]; readonly stock: Stock },
  signal: AbortSignal,
): Promise<readonly FoundItem<T>[]> {
  const results = await client.readMany(
    names.map((name) => ({ op: 'get', path: joinPath(path, name) })),
    { signal },
  );
  return names.flatMap((name, index) => {
    const result = results[index];
    if (result?.op === 'get') return [foundItem(joinPath(path, name), name, codec, result)];
    if (result?.op === 'refused' && result.error.code !== 'NONODE') throw result.error;
    stock.drop(name);
    return [];
  });
}

function foundItem<T>(path: string, name: string, codec: Codec<T>, { data, stat }: NodeData): FoundItem<T> {
  return { name, path, data, version: stat.version, czxid: stat.czxid, content: contentOf(path, codec, data) };
}

function contentOf<T>(path: string, codec: Codec<T>, data: Buffer): FoundItem<T>['content'] {
  try {
    return { kind: 'items', items: itemsIn(data).map((item) => decodeZnode(path, codec, item)) };
  } catch (error) {
    return { kind: 'malformed', error };
  }
}
