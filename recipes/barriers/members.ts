import { type CallOptions, type Client, joinPath, NoNodeError } from '../../src/index.ts';
import { readyName } from './gathering.ts';

/** Names of all who are at the double barrier, in or waiting. */
export async function membersAt(client: Client, directory: string, limits: CallOptions): Promise<readonly string[]> {
  try {
    return (await client.children(directory, limits)).filter((name) => name !== readyName);
  } catch (error) {
    if (error instanceof NoNodeError) return [];
    throw error;
  }
}

/** The zxids that made them. Those who have gone meanwhile are left out. */
export async function arrivalsOf(
  client: Client,
  directory: string,
  names: readonly string[],
  limits: CallOptions,
): Promise<ReadonlyMap<string, bigint>> {
  const stats = await Promise.all(names.map((name) => client.exists(joinPath(directory, name), limits)));
  return new Map(names.flatMap((name, at) => (stats[at] ? [[name, stats[at].czxid]] : [])));
}
