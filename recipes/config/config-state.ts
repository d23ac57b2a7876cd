import { decodeZnode, MalformedDataError, type NodeData, NoNodeError, type Stat } from '../../src/index.ts';
import { frozen } from '../common/frozen.ts';
import type { Document } from '../documents/document.ts';

/** Why what is there now was not taken. The value before it stays. */
export interface ConfigRejection {
  /** The znode's data is no valid value; or the znode is gone (or was never there), and there are no defaults. */
  readonly error: MalformedDataError | NoNodeError;
  /** Of the znode with the invalid data. */
  readonly stat: Stat | undefined;
}

/** What a configuration is at a time. */
export interface ConfigState<T> {
  /** The last valid value; undefined while there has been none. */
  readonly valid: { readonly value: T; readonly data: Buffer | undefined; readonly stat: Stat | undefined } | undefined;
  /** Of what is there now. */
  readonly rejection: ConfigRejection | undefined;
  /** `stat.mzxid` of what is there now; null if there is nothing, undefined if nobody has looked yet. */
  readonly seen: bigint | null | undefined;
}

/** What a configuration becomes when its znode is seen to be such. What was read earlier than what is known already changes nothing. Pure. */
export function advance<T>(state: ConfigState<T>, node: NodeData | null, document: Document<T>): ConfigState<T> {
  const seen = node?.stat.mzxid ?? null;
  if (seen === state.seen || isOlder(seen, state.seen)) return state;
  if (node === null) return { ...missing(state, document), seen };
  // Written anew, with the same bytes: the same object goes on.
  if (state.valid?.data?.equals(node.data) === true) {
    return { valid: { ...state.valid, stat: node.stat }, rejection: undefined, seen };
  }
  try {
    const value = frozen(decodeZnode(document.path, document.codec, node.data));
    return { valid: { value, data: node.data, stat: node.stat }, rejection: undefined, seen };
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    return { valid: state.valid, rejection: { error, stat: node.stat }, seen };
  }
}

function isOlder(seen: bigint | null, than: ConfigState<unknown>['seen']): boolean {
  return typeof seen === 'bigint' && typeof than === 'bigint' && seen < than;
}

function missing<T>({ valid }: ConfigState<T>, { path, codec, absent }: Document<T>): Omit<ConfigState<T>, 'seen'> {
  if (absent !== undefined) {
    return { valid: { value: frozen(decodeZnode(path, codec, absent)), data: undefined, stat: undefined }, rejection: undefined };
  }
  return { valid, rejection: { error: new NoNodeError('Config', path, 'NONODE'), stat: undefined } };
}
