import { type CallOptions, type Client, type Codec, decodeZnode, joinPath, MalformedDataError, NoAuthError } from '../../src/index.ts';
import { childrenOf, unlessGone } from '../common/unless-gone.ts';
import { oldVersions } from '../documents/history.ts';

/** A value that was replaced. */
export type ConfigVersion<T> = {
  readonly path: string;
  /** Zxid of the write. Larger for each later version, also of a znode that was deleted and made anew. */
  readonly zxid: bigint;
  /** `stat.version` of then. */
  readonly version: number;
  /** When it was written, by the server's clock. */
  readonly time: Date;
} & (
  | { readonly value: T; readonly error: undefined }
  /** It does not fit the schema, or not any more; or we may not read it. */
  | { readonly value: undefined; readonly error: MalformedDataError | NoAuthError }
);

/** What there is in a history, the newest first. */
export async function readHistory<T>(
  client: Client,
  directory: string,
  codec: Codec<T>,
  options: CallOptions,
): Promise<readonly ConfigVersion<T>[]> {
  const versions = oldVersions(await childrenOf(client, directory, options)).toReversed();
  const values = await Promise.all(
    versions.map(async ({ name, ...version }) => {
      const path = joinPath(directory, name);
      // The oldest may go meanwhile.
      const found = await unlessGone(dataOf(client, path, options));
      return (
        found && { ...version, path, ...(found instanceof NoAuthError ? { value: undefined, error: found } : decoded(path, codec, found)) }
      );
    }),
  );
  return values.filter((value) => value !== undefined);
}

/** One that may not be read keeps none of the others from being read. */
async function dataOf(client: Client, path: string, options: CallOptions): Promise<Buffer | NoAuthError> {
  try {
    return (await client.get(path, options)).data;
  } catch (error) {
    if (error instanceof NoAuthError) return error;
    throw error;
  }
}

function decoded<T>(path: string, codec: Codec<T>, data: Buffer) {
  try {
    return { value: decodeZnode(path, codec, data), error: undefined };
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    return { value: undefined, error };
  }
}
