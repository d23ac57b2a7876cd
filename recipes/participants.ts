import { type Client, joinPath, NoNodeError } from '../src/index.ts';
import { identityOf } from './identity.ts';
import { contenderOf } from './line.ts';
import type { Line } from './place.ts';

/** Somebody in a line of znodes. */
export interface Participant {
  readonly path: string;
  /** Its `id` option; from other libraries, the znode's data as text: an identity from kazoo, an address from Curator by default. */
  readonly id: string;
  /** The session that owns it. */
  readonly sessionId: bigint;
  /** When the znode was made, in milliseconds since the epoch, by the server's clock. */
  readonly sinceMs: number;
  /** How many are ahead. */
  readonly position: number;
  /** First in line, that is, holding. */
  readonly holds: boolean;
}

/** Everybody in line, the holder first. Those who leave while it is read are left out. */
export async function participantsOf(client: Client, line: Line): Promise<readonly Participant[]> {
  const children = (await unlessGone(client.children(line.directory))) ?? [];
  const paths = children.filter((name) => contenderOf(name, line.patterns) !== undefined).map((name) => joinPath(line.directory, name));
  const nodes = await Promise.all(paths.map(async (path) => ({ path, node: await unlessGone(client.get(path)) })));
  return (
    nodes
      .flatMap(({ path, node }) => (node === undefined ? [] : { path, ...node }))
      // Not by the numbers in the names, which the server may have run out of.
      .sort((a, b) => (a.stat.czxid < b.stat.czxid ? -1 : 1))
      .map(({ path, data, stat }, position) => ({
        path,
        id: identityOf(data).id,
        sessionId: stat.ephemeralOwner,
        sinceMs: Number(stat.ctime),
        position,
        holds: position === 0,
      }))
  );
}

async function unlessGone<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof NoNodeError) return undefined;
    throw error;
  }
}
