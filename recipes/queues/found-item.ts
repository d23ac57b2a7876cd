import { type Client, type Codec, decodeZnode, isTransient, joinPath, type NodeData, ReplyTooLargeError } from '../../src/index.ts';
import type { Reservation } from './backlog.ts';
import { type ItemFrame, readFrame } from './items/item-bytes.ts';
import type { QueueContext } from './queue-context.ts';

/** An item's znode as it was read. */
export interface FoundItem<T> {
  readonly name: string;
  readonly path: string;
  readonly data: Buffer;
  readonly version: number;
  readonly czxid: bigint;
  readonly content: Content<T>;
  readonly reservation: Reservation;
}

/** What is in it, one value unless Curator has put several together; or why that cannot be told. */
type Content<T> =
  | { readonly kind: 'items'; readonly items: readonly T[]; readonly frame: ItemFrame }
  | { readonly kind: 'malformed'; readonly error: unknown };

// Somebody may give us the permission.
const passedOverMs = 60_000;

/** Reads items in one flight. What is gone, or may not be read, ends its reservation: it holds up none of the others. */
export async function readItems<T>(
  context: QueueContext<T>,
  reservations: readonly Reservation[],
  signal: AbortSignal,
): Promise<readonly FoundItem<T>[]> {
  const { client, codec, path } = context;
  const results = await readAll(
    client,
    reservations.map(({ name }) => joinPath(path, name)),
    signal,
  );
  return reservations.flatMap((reservation, index) => {
    const result = results[index];
    if (result?.op === 'get') return [foundItem(joinPath(path, reservation.name), reservation, codec, result)];
    if (result?.op !== 'refused' || result.error.code === 'NONODE') reservation.gone();
    else if (isTransient(result.error)) throw result.error;
    else passOver(client, reservation, result.error);
    return [];
  });
}

/** Nobody of us tries that item again for a while: others are to have their turn. */
export function passOver(client: Client, reservation: Reservation, error: Error): void {
  reservation.free(client.now() + passedOverMs);
  client.reportError(error);
}

type Results = Awaited<ReturnType<Client['readMany']>>;

/** In halves, if they are too large for one reply. */
async function readAll(client: Client, paths: readonly string[], signal: AbortSignal): Promise<Results> {
  try {
    return await client.readMany(
      paths.map((path) => ({ op: 'get', path })),
      { signal },
    );
  } catch (error) {
    if (!(error instanceof ReplyTooLargeError) || paths.length === 1) throw error;
    const half = Math.ceil(paths.length / 2);
    return [...(await readAll(client, paths.slice(0, half), signal)), ...(await readAll(client, paths.slice(half), signal))];
  }
}

function foundItem<T>(path: string, reservation: Reservation, codec: Codec<T>, { data, stat }: NodeData): FoundItem<T> {
  const { name } = reservation;
  return { name, path, data, version: stat.version, czxid: stat.czxid, content: contentOf(path, codec, data), reservation };
}

function contentOf<T>(path: string, codec: Codec<T>, data: Buffer): Content<T> {
  try {
    const frame = readFrame(data);
    return { kind: 'items', items: frame.items.map((item) => decodeZnode(path, codec, item)), frame };
  } catch (error) {
    return { kind: 'malformed', error };
  }
}

/** How often it was given to somebody: each claim adds one to the version. */
export function deliveriesOf({ content, version }: Pick<FoundItem<unknown>, 'content' | 'version'>): number {
  return content.kind === 'items' ? Math.max(0, version - content.frame.countedFrom) : version;
}

/** Why nobody is to be given this item; undefined if it is sound. Pure. */
export function flawOf(item: Pick<FoundItem<unknown>, 'content' | 'version'>, maxDeliveries: number): unknown {
  if (item.content.kind === 'malformed') return item.content.error;
  const deliveries = deliveriesOf(item);
  return deliveries >= maxDeliveries ? `it was given out ${deliveries} times, and never acknowledged` : undefined;
}
