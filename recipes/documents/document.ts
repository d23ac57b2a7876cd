import { type Codec, decodeZnode, encodeValue, type NodeData, NoNodeError } from '../../src/index.ts';
import type { History, Kept } from './history.ts';

/** A typed value in a znode. */
export interface Document<T = unknown> {
  readonly path: string;
  readonly codec: Codec<T>;
  /** Stands for the value while there is no znode. Without it there has to be one. */
  readonly absent?: { readonly value: T } | undefined;
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
   * Decoded when it is asked for, so that what cannot be read can still be replaced.
   *
   * @throws {MalformedDataError | NoNodeError}
   */
  get value(): unknown {
    this.#value ??= { decoded: this.#decoded() };
    return this.#value.decoded;
  }

  /**
   * What the znode holds if that is its value. The one that was read has the bytes that were read, however they are laid out.
   *
   * @throws {InvalidArgumentError} it does not fit
   */
  dataOf(value: unknown): Uint8Array {
    const isAsRead = this.#value !== undefined && value === this.#value.decoded;
    const { path, codec } = this.document;
    return isAsRead && this.node !== undefined ? this.node.data : encodeValue(`the new value of ${path}`, codec, value);
  }

  #decoded(): unknown {
    const { path, codec, absent } = this.document;
    if (this.node !== undefined) return decodeZnode(path, codec, this.node.data);
    if (absent === undefined) throw new NoNodeError('update', path, 'NONODE');
    return absent.value;
  }
}
