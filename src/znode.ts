/** What the server keeps about a znode, as ZooKeeper's `Stat`. Zxids and milliseconds since the epoch are 64-bit, hence `bigint`. */
export interface Stat {
  /** Zxid of the transaction that created the znode: its identity, and the fencing token of a lease. */
  readonly czxid: bigint;
  /** Zxid of the last change of its data. */
  readonly mzxid: bigint;
  /** When it was created, in milliseconds since the epoch, by the server's clock. */
  readonly ctime: bigint;
  /** When its data last changed, in milliseconds since the epoch, by the server's clock. */
  readonly mtime: bigint;
  /** How often its data changed. Wraps around; compare `mzxid` to find out what is newer. */
  readonly version: number;
  /** How often its list of children changed. */
  readonly cversion: number;
  /** How often its ACL changed. */
  readonly aversion: number;
  /** The session that owns it, if it is ephemeral, else 0. */
  readonly ephemeralOwner: bigint;
  /** Length of its data in bytes. */
  readonly dataLength: number;
  readonly numChildren: number;
  /** Zxid of the last change of its list of children. */
  readonly pzxid: bigint;
}

/** What may be done with a znode; combine with `|`. */
export const permissions = { read: 1, write: 2, create: 4, delete: 8, admin: 16, all: 31 } as const;

/** Who may do what with a znode: one entry of its access control list. */
export interface Acl {
  /** Sum of `permissions`. */
  readonly perms: number;
  /** `world`, `auth`, `digest`, `ip`, `x509`, `sasl`, … */
  readonly scheme: string;
  readonly id: string;
}

/** Everybody may do everything: ZooKeeper's default. */
export const openAcl: readonly Acl[] = [{ perms: permissions.all, scheme: 'world', id: 'anyone' }];

/** Whoever this session has authenticated as may do everything, nobody else anything. */
export const creatorAllAcl: readonly Acl[] = [{ perms: permissions.all, scheme: 'auth', id: '' }];

/** Everybody may read, nobody may write. */
export const readAcl: readonly Acl[] = [{ perms: permissions.read, scheme: 'world', id: 'anyone' }];

/** How a znode is made and how long it lives. The numbers are ZooKeeper's `CreateMode` flags. */
export const createModes = {
  persistent: 0,
  ephemeral: 1,
  'persistent-sequential': 2,
  'ephemeral-sequential': 3,
  container: 4,
  'persistent-with-ttl': 5,
  'persistent-sequential-with-ttl': 6,
} as const;

export type CreateMode = keyof typeof createModes;

export function isSequential(mode: CreateMode): boolean {
  return mode === 'persistent-sequential' || mode === 'ephemeral-sequential' || mode === 'persistent-sequential-with-ttl';
}

export function isEphemeral(mode: CreateMode): boolean {
  return mode === 'ephemeral' || mode === 'ephemeral-sequential';
}

export function hasTtl(mode: CreateMode): boolean {
  return mode === 'persistent-with-ttl' || mode === 'persistent-sequential-with-ttl';
}

/** The version that matches any. */
export const anyVersion = -1;
