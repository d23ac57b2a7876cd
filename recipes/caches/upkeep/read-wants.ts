import { type CallOptions, type Client, NoAuthError, NoNodeError, type ReadResult, type Stat } from '../../../src/index.ts';
import type { Finding } from '../mirror/finding.ts';
import type { Want } from '../mirror/wanted.ts';

/** What to read in one flight. */
export interface Batch {
  readonly nodes: readonly Want[];
  readonly lists: readonly Want[];
}

/** What was read, each in its want's place; undefined where there is no such znode. */
export interface BatchReading {
  readonly nodes: readonly (Finding | undefined)[];
  /** Names of the children; none where we may not see them. */
  readonly lists: readonly (readonly string[] | undefined)[];
}

/** All in one request, if it is data that we want. Hands it over in the tick of the call. */
export async function readWants(client: Client, batch: Batch, withData: boolean, options: CallOptions): Promise<BatchReading> {
  const lists = batch.lists.map(({ path }) => ({ op: 'children', path }) as const);
  if (!withData) {
    const [stats, results] = await Promise.all([
      Promise.all(batch.nodes.map(({ path }) => statOf(client, path, options))),
      client.readMany(lists, options),
    ]);
    return { nodes: stats.map(findingOfStat), lists: results.map(namesOf) };
  }
  const nodes = batch.nodes.map(({ path }) => ({ op: 'get', path }) as const);
  const results = await client.readMany([...nodes, ...lists], options);
  const findings = results
    .slice(0, nodes.length)
    .map((result, index) => findingOf(client, result, batch.nodes[index]?.path ?? '', options));
  return { nodes: await Promise.all(findings), lists: results.slice(nodes.length).map(namesOf) };
}

function findingOfStat(stat: Stat | null): Finding | undefined {
  return stat === null ? undefined : { stat, data: undefined, refusal: undefined };
}

async function findingOf(client: Client, result: ReadResult, path: string, options: CallOptions): Promise<Finding | undefined> {
  if (result.op === 'get') return { stat: result.stat, data: result.data, refusal: undefined };
  if (result.op === 'children' || result.error instanceof NoNodeError) return undefined;
  if (!(result.error instanceof NoAuthError)) throw result.error;
  const finding = findingOfStat(await statOf(client, path, options));
  return finding && { ...finding, refusal: result.error };
}

/** In ZooKeeper up to 3.8 everybody may ask for it; where a server refuses, there is nothing to be seen of the znode. */
async function statOf(client: Client, path: string, options: CallOptions): Promise<Stat | null> {
  try {
    return await client.exists(path, options);
  } catch (error) {
    if (error instanceof NoAuthError) return null;
    throw error;
  }
}

function namesOf(result: ReadResult): readonly string[] | undefined {
  if (result.op === 'children') return result.children;
  if (result.op === 'get' || result.error instanceof NoNodeError) return undefined;
  if (result.error instanceof NoAuthError) return [];
  throw result.error;
}
