import { isWithin, nameOf, parentOf } from '../path.ts';
import { type Acl, openAcl, readAcl, type Stat } from '../znode.ts';

/** What ends a znode's life, other than a delete. */
export type Lifetime =
  | { readonly kind: 'persistent' }
  | { readonly kind: 'ephemeral'; readonly owner: bigint }
  | { readonly kind: 'container' }
  | { readonly kind: 'ttl'; readonly ttlMs: bigint };

export interface Znode {
  data: Buffer | null;
  acl: readonly Acl[];
  readonly czxid: bigint;
  mzxid: bigint;
  /** Zxid of the last change of its list of children. */
  pzxid: bigint;
  readonly ctime: bigint;
  mtime: bigint;
  version: number;
  aversion: number;
  /** The counter that numbers sequential children: how many were ever created, as a signed 32-bit number. */
  created: number;
  readonly lifetime: Lifetime;
  readonly children: Set<string>;
}

/**
 * The znodes, and nothing else: no rules, no watches, no time.
 *
 * @see ZooKeeper `DataTree`, `DataNode`
 */
export class Tree {
  readonly #znodes = new Map<string, Znode>();
  readonly #ephemerals = new Map<bigint, Set<string>>();
  readonly #mortals = new Set<string>();

  constructor() {
    const root = firstZnode();
    this.#znodes.set('/', root);
    // ZooKeeper knows the root by both names.
    this.#znodes.set('', root);
    for (const path of ['/zookeeper', '/zookeeper/quota']) this.put(path, firstZnode());
    // A real server makes it readable to all by setting its ACL to version -1. @see ZooKeeper `DataTree.addConfigNode`
    this.put('/zookeeper/config', { ...firstZnode(readAcl), aversion: -1 });
  }

  get(path: string): Znode | undefined {
    return this.#znodes.get(path);
  }

  /** Adds a znode below its parent, which must exist. */
  put(path: string, znode: Znode): void {
    this.#znodes.set(path, znode);
    this.#znodes.get(parentOf(path))?.children.add(nameOf(path));
    if (znode.lifetime.kind === 'ephemeral') this.#ephemeralsOf(znode.lifetime.owner).add(path);
    else if (znode.lifetime.kind !== 'persistent') this.#mortals.add(path);
  }

  remove(path: string): void {
    const znode = this.#znodes.get(path);
    if (znode === undefined) return;
    this.#znodes.delete(path);
    this.#znodes.get(parentOf(path))?.children.delete(nameOf(path));
    this.#mortals.delete(path);
    if (znode.lifetime.kind === 'ephemeral') this.#forgetEphemeral(znode.lifetime.owner, path);
  }

  /** Paths of the session's ephemeral znodes, in order of creation. */
  ephemerals(owner: bigint): readonly string[] {
    return [...(this.#ephemerals.get(owner) ?? [])];
  }

  /** Paths of the containers and the znodes with a time to live. */
  mortals(): readonly string[] {
    return [...this.#mortals];
  }

  /** Every path but the root's. */
  paths(): readonly string[] {
    return [...this.#znodes.keys()].filter((path) => path.length > 1);
  }

  /** How many znodes there are below `path`, at any depth. */
  countBelow(path: string): number {
    if (path === '/') return this.#znodes.size - 2;
    return this.paths().filter((other) => other !== path && isWithin(other, path)).length;
  }

  #ephemeralsOf(owner: bigint): Set<string> {
    const known = this.#ephemerals.get(owner);
    if (known !== undefined) return known;
    const fresh = new Set<string>();
    this.#ephemerals.set(owner, fresh);
    return fresh;
  }

  #forgetEphemeral(owner: bigint, path: string): void {
    const paths = this.#ephemerals.get(owner);
    paths?.delete(path);
    if (paths?.size === 0) this.#ephemerals.delete(owner);
  }
}

/** As clients see it: `cversion` counts creations and deletions of children, and only sessions are owners. */
export function statOf(znode: Znode): Stat {
  return {
    czxid: znode.czxid,
    mzxid: znode.mzxid,
    ctime: znode.ctime,
    mtime: znode.mtime,
    version: znode.version,
    cversion: (znode.created * 2 - znode.children.size) | 0,
    aversion: znode.aversion,
    ephemeralOwner: znode.lifetime.kind === 'ephemeral' ? znode.lifetime.owner : 0n,
    dataLength: znode.data?.length ?? 0,
    numChildren: znode.children.size,
    pzxid: znode.pzxid,
  };
}

/** One of those that are there from the beginning. */
function firstZnode(acl: readonly Acl[] = openAcl): Znode {
  return {
    data: Buffer.alloc(0),
    acl,
    czxid: 0n,
    mzxid: 0n,
    pzxid: 0n,
    ctime: 0n,
    mtime: 0n,
    version: 0,
    aversion: 0,
    created: 0,
    lifetime: { kind: 'persistent' },
    children: new Set(),
  };
}
