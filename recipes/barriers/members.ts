import { type CallOptions, type Client, joinPath } from '../../src/index.ts';
import { childrenOf } from '../common/unless-gone.ts';
import { readyName } from './gathering.ts';

/** Names of all who are at the double barrier, in or waiting. */
export async function membersAt(client: Client, directory: string, limits: CallOptions): Promise<readonly string[]> {
  return (await childrenOf(client, directory, limits)).filter((name) => name !== readyName);
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
