import type { RefusedError } from '../../errors/refusal.ts';
import type { Acl, CreateMode, Stat } from '../../znode.ts';
import type { CallOptions } from '../calls/call-options.ts';

/** What to store: text is stored as UTF-8; `null` is ZooKeeper's "no data", read back as empty. */
export type ZnodeData = string | Uint8Array | null;

export interface NodeData {
  /** Empty if the znode has none. */
  readonly data: Buffer;
  readonly stat: Stat;
}

export interface NodeChildren {
  /** Names, not paths, in no order. */
  readonly children: readonly string[];
  readonly stat: Stat;
}

export interface NodeAcl {
  readonly acl: readonly Acl[];
  readonly stat: Stat;
}

export interface CreatedNode {
  /** With the number that the server gave, if it is sequential. */
  readonly path: string;
  readonly stat: Stat;
}

export interface CreateOptions extends CallOptions {
  /** Default: `persistent`. */
  readonly mode?: CreateMode | undefined;
  /** Default: the client's. Applies to parents made too. */
  readonly acl?: readonly Acl[] | undefined;
  /** For the modes with TTL: how long the znode stays without a change or children, in milliseconds. */
  readonly ttlMs?: number | undefined;
  /** Make missing parents, as containers where the server has them. Default: false. */
  readonly parents?: boolean | undefined;
  /** Put `_c_<uuid>-` before the name, so that the znode is found again if the reply is lost. Default: true for sequential modes, else false. */
  readonly protect?: boolean | undefined;
  /**
   * For what everybody makes alike: after a lost reply an equal znode that is there counts as made by this call, whoever has made it, instead of
   * `OutcomeUnknownError`. Default: false.
   */
  readonly idempotent?: boolean | undefined;
}

export interface WriteOptions extends CallOptions {
  /** Only if the znode has this version, else `BadVersionError`. Default: any. */
  readonly version?: number | undefined;
}

export interface DeleteOptions extends WriteOptions {
  /**
   * Where all that counts is that it is gone: after a lost reply a znode that is gone counts as deleted by this call, whoever has deleted it, instead of
   * `OutcomeUnknownError`. Default: false.
   */
  readonly idempotent?: boolean | undefined;
}

export interface AclOptions extends CallOptions {
  readonly acl?: readonly Acl[] | undefined;
}

/** One of many reads: of data and stat, or of the children's names. */
export interface ReadOperation {
  readonly op: 'get' | 'children';
  readonly path: string;
}

/** What the read in this place has come to. */
export type ReadResult =
  | ({ readonly op: 'get' } & NodeData)
  | { readonly op: 'children'; readonly children: readonly string[] }
  | { readonly op: 'refused'; readonly error: RefusedError };

/** One of a transaction. All are applied, or none is. */
export type TransactionOperation =
  | {
      readonly op: 'create';
      readonly path: string;
      readonly data?: ZnodeData | undefined;
      readonly mode?: CreateMode | undefined;
      readonly acl?: readonly Acl[] | undefined;
      readonly ttlMs?: number | undefined;
    }
  | { readonly op: 'set'; readonly path: string; readonly data: ZnodeData; readonly version?: number | undefined }
  | { readonly op: 'delete'; readonly path: string; readonly version?: number | undefined }
  /** That the znode is there, and has this version if one is given. */
  | { readonly op: 'check'; readonly path: string; readonly version?: number | undefined };

export type TransactionResult =
  /** `stat` is null if the driver cannot tell. */
  | { readonly op: 'create'; readonly path: string; readonly stat: Stat | null }
  | { readonly op: 'set'; readonly stat: Stat }
  | { readonly op: 'delete' }
  | { readonly op: 'check' };

/** A change of the ensemble's membership: either `members`, or `joining` and `leaving`. */
export interface Reconfiguration extends CallOptions {
  /** `server.4=h4:2888:3888;2181`, comma-separated. */
  readonly joining?: string | undefined;
  /** Server numbers, comma-separated. */
  readonly leaving?: string | undefined;
  /** The whole new membership. */
  readonly members?: string | undefined;
  /** Only if this is the present configuration's version. Default: any. */
  readonly fromConfig?: bigint | undefined;
}

export interface Identity {
  readonly scheme: string;
  readonly id: string;
}
