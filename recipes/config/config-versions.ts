import { type CallOptions, type Client, type Codec, decodeZnode, joinPath, MalformedDataError } from '../../src/index.ts';
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
  /** It does not fit the schema, or not any more. */
  | { readonly value: undefined; readonly error: MalformedDataError }
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
      const node = await unlessGone(client.get(path, options));
      return node && { ...version, path, ...decoded(path, codec, node.data) };
    }),
  );
  return values.filter((value) => value !== undefined);
}

function decoded<T>(path: string, codec: Codec<T>, data: Buffer) {
  try {
    return { value: decodeZnode(path, codec, data), error: undefined };
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    return { value: undefined, error };
  }
}
