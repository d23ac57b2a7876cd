import {
  anyVersion,
  BadVersionError,
  type CallOptions,
  type Client,
  type Codec,
  decodeZnode,
  encodeValue,
  NodeExistsError,
  NoNodeError,
  type Stat,
  VersionExhaustedError,
  ZnodeReplacedError,
} from '../../../src/index.ts';
import { unlessGone } from '../../common/unless-gone.ts';

/** Which of all values that a znode has had. */
export type Revision = Pick<Stat, 'czxid' | 'version'>;

/** What a znode has, or had. */
export interface Known<T> {
  /** Undefined: none yet. */
  readonly value: T | undefined;
  /** Undefined: there is no such znode. */
  readonly revision: Revision | undefined;
}

/** A value in a znode, which can be changed where nobody else has changed it meanwhile. */
export class VersionedZnode<T> {
  readonly path: string;
  readonly #client: Client;
  readonly #codec: Codec<T>;

  constructor(client: Client, path: string, codec: Codec<T>) {
    this.path = path;
    this.#client = client;
    this.#codec = codec;
  }

  /**
   * Asks in the tick of the call.
   *
   * @throws {MalformedDataError}
   */
  async read(options: CallOptions): Promise<Known<T>> {
    const node = await unlessGone(this.#client.get(this.path, options));
    if (node === undefined) return { value: undefined, revision: undefined };
    const { data, stat } = node;
    return { value: isBlank(stat) ? undefined : decodeZnode(this.path, this.#codec, data), revision: stat };
  }

  /** The same, but not of the past: no server may answer that lags behind. Both requests travel in one flight. */
  async readPresent(options: CallOptions): Promise<Known<T>> {
    const [, known] = await Promise.all([this.#client.sync(this.path, options), this.read(options)]);
    return known;
  }

  /**
   * Puts `value` in the place of what was there at `revision`. Undefined: that is not there any more.
   *
   * @throws {OutcomeUnknownError} the reply was lost, and the znode does not tell
   * @throws {ZnodeReplacedError | VersionExhaustedError}
   */
  async replace(revision: Revision | undefined, value: T, options: CallOptions): Promise<Stat | undefined> {
    const data = encodeValue('value', this.#codec, value);
    const known = revision ?? (await this.make(null, options));
    if (known === undefined) return undefined;
    if (known.version === anyVersion) throw new VersionExhaustedError(this.path);
    const stat = await this.#setAt(known.version, data, options);
    if (stat !== undefined && stat.czxid !== known.czxid) throw new ZnodeReplacedError(this.path);
    return stat;
  }

  /** Stores `value` whatever there is, without looking at it. */
  async overwrite(value: T, options: CallOptions): Promise<Stat> {
    const data = encodeValue('value', this.#codec, value);
    for (;;) {
      const stat = (await unlessGone(this.#client.set(this.path, data, options))) ?? (await this.make(data, options));
      if (stat !== undefined) return stat;
    }
  }

  /** Makes the znode, and its parents. Undefined: it is there. */
  async make(data: Uint8Array | null, options: CallOptions): Promise<Stat | undefined> {
    try {
      return (await this.#client.create(this.path, data, { ...options, parents: true, idempotent: true })).stat;
    } catch (error) {
      if (error instanceof NodeExistsError) return undefined;
      throw error;
    }
  }

  async #setAt(version: number, data: Uint8Array, options: CallOptions): Promise<Stat | undefined> {
    try {
      return await this.#client.set(this.path, data, { ...options, version });
    } catch (error) {
      if (error instanceof BadVersionError || error instanceof NoNodeError) return undefined;
      throw error;
    }
  }
}

// Where several make a znode with the same data, and a reply is lost, nobody can tell whose it is. So it is made blank, which is nobody's merit, and who
// changes it first is told by its version.
function isBlank({ version, dataLength }: Stat): boolean {
  return version === 0 && dataLength === 0;
}
