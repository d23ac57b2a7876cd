import { concatMap, defer, distinctUntilChanged, map, type Observable } from 'rxjs';
import { type Client, joinPath, type NodeData } from '../../src/index.ts';
import { completeOnClose } from '../common/closing.ts';
import { unlessGone } from '../common/unless-gone.ts';
import { identityOf } from './identity.ts';
import { contenderOf, type Line } from './line.ts';
import { readNodes } from './read-nodes.ts';
import { standingsOf } from './standing.ts';

/** Somebody in a line of znodes. */
export interface Participant {
  readonly path: string;
  /** Its `id` option; from other libraries, the znode's data as text: an identity from kazoo, an address from Curator by default. */
  readonly id: string;
  /** The session that owns it. */
  readonly sessionId: bigint;
  /** When the znode was made, in milliseconds since the epoch, by the server's clock. */
  readonly sinceMs: number;
  /** Holds, or will hold, beside others: a reader. */
  readonly isShared: boolean;
  /** How many are ahead of it that it waits for. */
  readonly position: number;
  /** Nobody is ahead of it. */
  readonly holds: boolean;
}

/** Everybody in line, holders first. Those who leave while it is read are left out. */
export async function participantsOf(client: Client, line: Line): Promise<readonly Participant[]> {
  const children = (await unlessGone(client.children(line.directory))) ?? [];
  return await read(client, line, children, new Map());
}

/** The same, now and whenever somebody comes or goes. Reads each znode once, when it is new. */
export function followParticipants(client: Client, line: Line): Observable<readonly Participant[]> {
  return defer(() => {
    const known: Nodes = new Map();
    return client.children$(line.directory).pipe(
      concatMap((children) => read(client, line, children ?? [], known)),
      completeOnClose(client),
    );
  });
}

/** Who is first, now and whenever that changes; undefined while nobody is in line. */
export function followFirst(client: Client, line: Line): Observable<Participant | undefined> {
  return followParticipants(client, line).pipe(
    map(([first]) => first),
    distinctUntilChanged((a, b) => a?.path === b?.path),
  );
}

type Nodes = Map<string, NodeData>;

/** @param known what has been read before; brought up to date */
async function read(client: Client, line: Line, children: readonly string[], known: Nodes): Promise<readonly Participant[]> {
  const names = new Set(children.filter((name) => contenderOf(name, line.patterns) !== undefined));
  for (const name of known.keys()) if (!names.has(name)) known.delete(name);
  const news = [...names].filter((name) => !known.has(name));
  const nodes = await readNodes(client, line.directory, news);
  for (const [name, node] of nodes) known.set(name, node);
  const inLine = [...known].map(([name, { data, stat }]) => ({ name, data, stat, czxid: stat.czxid }));
  return standingsOf(inLine).map(({ node, isShared, position }) => ({
    path: joinPath(line.directory, node.name),
    id: line.hasPlainIds === true ? node.data.toString() : identityOf(node.data).id,
    sessionId: node.stat.ephemeralOwner,
    sinceMs: Number(node.stat.ctime),
    isShared,
    position,
    holds: position === 0,
  }));
}
