import { type Codec, decodeZnode, encodeValue, type NodeData, NoNodeError } from '../../src/index.ts';
import type { History, Kept } from './history.ts';

/** A typed value in a znode. */
export interface Document<T = unknown> {
  readonly path: string;
  readonly codec: Codec<T>;
  /** The bytes of what stands for the value while there is no znode. Without them there has to be one. */
  readonly absent?: Buffer | undefined;
  /** Where to keep what is replaced, if anywhere. */
  readonly history?: History | undefined;
}

/** A document as it was read. */
export class Snapshot {
  readonly document: Document;
  /** Undefined if there is no such znode. */
  readonly node: NodeData | undefined;
  readonly kept: Kept | undefined;
  #value: { readonly decoded: unknown } | undefined;

  constructor(document: Document, node: NodeData | undefined, kept: Kept | undefined) {
    this.document = document;
    this.node = node;
    this.kept = kept;
  }

  /**
   * The caller's own, to change as it likes. Decoded when it is asked for, so that what cannot be read can still be replaced.
   *
   * @throws {MalformedDataError | NoNodeError}
   */
  get value(): unknown {
    this.#value ??= { decoded: this.#decoded() };
    return this.#value.decoded;
  }

  /**
   * What the znode holds if that is its value. The one that was read, if nobody has changed it in place, has the bytes that were read, however they are
   * laid out.
   *
   * @throws {InvalidArgumentError} it does not fit
   */
  dataOf(value: unknown): Uint8Array {
    const data = this.#written(value);
    const isAsRead = this.node !== undefined && this.#value !== undefined && value === this.#value.decoded;
    return isAsRead && Buffer.compare(data, this.#written(this.#decoded())) === 0 ? this.node.data : data;
  }

  #written(value: unknown): Uint8Array {
    const { path, codec } = this.document;
    return encodeValue(`the new value of ${path}`, codec, value);
  }

  #decoded(): unknown {
    const { path, codec, absent } = this.document;
    const data = this.node?.data ?? absent;
    if (data === undefined) throw new NoNodeError('update', path, 'NONODE');
    return decodeZnode(path, codec, data);
  }
}
