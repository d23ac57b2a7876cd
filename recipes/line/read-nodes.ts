import { type CallOptions, type Client, joinPath, NoAuthError, type NodeData } from '../../src/index.ts';
import { unlessGone } from '../common/unless-gone.ts';

/** How many are asked for at a time, so that others of the client have their turn in between. */
const atOnce = 1_000;

/** Of children, by their names. Those that go meanwhile are left out; of those that we may not read nothing is known but the stat. */
export async function readNodes(
  client: Client,
  directory: string,
  names: readonly string[],
  options: CallOptions = {},
): Promise<ReadonlyMap<string, NodeData>> {
  const nodes = new Map<string, NodeData>();
  for (let at = 0; at < names.length; at += atOnce) {
    const some = names.slice(at, at + atOnce);
    const found = await Promise.all(some.map((name) => readOne(client, joinPath(directory, name), options)));
    for (const [index, node] of found.entries()) {
      const name = some[index];
      if (node !== undefined && name !== undefined) nodes.set(name, node);
    }
  }
  return nodes;
}

async function readOne(client: Client, path: string, options: CallOptions): Promise<NodeData | undefined> {
  try {
    return await unlessGone(client.get(path, options));
  } catch (error) {
    if (!(error instanceof NoAuthError)) throw error;
  }
  // Anybody may ask for that.
  const stat = await client.exists(path, options);
  return stat === null ? undefined : { data: Buffer.alloc(0), stat };
}
