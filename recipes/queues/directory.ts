import { type CallOptions, type Client, NodeExistsError, NoNodeError } from '../../src/index.ts';

/**
 * Makes a directory that stays when it is empty, its parents as containers: the numbers that the server gives to items must never begin anew, and
 * Curator's consumers do not make the directory of the claims again.
 */
export async function makeDirectory(client: Client, path: string, options: CallOptions = {}): Promise<void> {
  try {
    await client.create(path, '', { ...options, parents: true });
  } catch (error) {
    if (!(error instanceof NodeExistsError)) throw error;
  }
}

/** Does `work`, and again when the directory that it needs has been made. */
export async function withDirectory<T>(client: Client, path: string, work: () => Promise<T>, limits: () => CallOptions): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof NoNodeError)) throw error;
      await makeDirectory(client, path, limits());
    }
  }
}
