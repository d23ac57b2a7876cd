import { type Client, NoNodeError } from '../../src/index.ts';

/** The names of the children. A container that has none any more may have been reaped. */
export async function namesAt(client: Client, path: string): Promise<readonly string[]> {
  try {
    return await client.children(path);
  } catch (error) {
    if (error instanceof NoNodeError) return [];
    throw error;
  }
}
