import { type CallOptions, type Client, NoNodeError } from '../../src/index.ts';

/** What was read, or undefined if there is no such znode. */
export async function unlessGone<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof NoNodeError) return undefined;
    throw error;
  }
}

/** Names of the children; none if there is no such znode. Asks in the tick of the call. */
export async function childrenOf(client: Client, path: string, options: CallOptions = {}): Promise<readonly string[]> {
  return (await unlessGone(client.children(path, options))) ?? [];
}
