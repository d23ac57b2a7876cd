import { type CallOptions, type Client, NodeExistsError } from '../../src/index.ts';

/**
 * Makes a directory that stays when it is empty, its parents as containers: the numbers that the server gives to items must never begin anew, and
 * Curator's consumers do not make the directory of the claims again.
 */
export async function makeDirectory(client: Client, path: string, options: CallOptions = {}): Promise<void> {
  try {
    await client.create(path, '', { ...options, parents: true, idempotent: true });
  } catch (error) {
    if (!(error instanceof NodeExistsError)) throw error;
  }
}
