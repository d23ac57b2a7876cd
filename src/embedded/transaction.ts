import { InvalidArgumentError } from '../errors/docent-error.ts';
import { parentOf, validatePath } from '../path.ts';
import { type Acl, anyVersion, permissions, type Stat } from '../znode.ts';
import { demand, type Identity, resolveAcl } from './identity.ts';
import { Refusal } from './refusal.ts';
import { type Lifetime, statOf, type Tree, type Znode } from './tree.ts';
import type { Change } from './watches.ts';

export interface Creation {
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  readonly lifetime: Lifetime;
  /** The server completes the name. */
  readonly sequential: boolean;
}

/**
 * One change of the tree at one zxid, of one operation or of many: they see each other's effects, and `rollback` undoes them all.
 *
 * @see ZooKeeper `PrepRequestProcessor`, for the order of the checks; `DataTree.processTxn`, for the effects
 */
export class Transaction {
  readonly zxid: bigint;
  readonly #timeMs: bigint;
  readonly #tree: Tree;
  readonly #undo: (() => void)[] = [];
  readonly #changes: Change[] = [];
  /** The next number of parents in which this transaction has created something. */
  readonly #sequences = new Map<Znode, number>();

  constructor(tree: Tree, zxid: bigint, timeMs: bigint) {
    this.#tree = tree;
    this.zxid = zxid;
    this.#timeMs = timeMs;
  }

  /** What happened, for the watches, in order. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  create(
    { path, data, acl, lifetime, sequential }: Creation,
    identities: readonly Identity[],
  ): { readonly path: string; readonly stat: Stat } {
    const slash = path.lastIndexOf('/');
    if (slash === -1 || path.includes('\0')) throw new Refusal('BADARGUMENTS');
    const storedAcl = resolveAcl(acl, identities);
    const parent = this.#find(path.slice(0, slash));
    demand(parent.acl, permissions.create, identities);
    const name = sequential ? path + sequenceText(this.#sequenceOf(parent)) : path;
    demandPath(name);
    if (this.#tree.get(name) !== undefined) throw new Refusal('NODEEXISTS');
    if (parent.lifetime.kind === 'ephemeral') throw new Refusal('NOCHILDRENFOREPHEMERALS');
    return {
      path: name,
      stat: this.#add(name, parent, { data, acl: storedAcl, lifetime }),
    };
  }

  delete(path: string, version: number, identities: readonly Identity[]): undefined {
    if (!path.includes('/') || path.includes('\0') || isFixed(path)) throw new Refusal('BADARGUMENTS');
    const parent = this.#find(path.slice(0, path.lastIndexOf('/')));
    demand(parent.acl, permissions.delete, identities);
    const znode = this.#find(path);
    demandVersion(znode.version, version);
    if (znode.children.size > 0) throw new Refusal('NOTEMPTY');
    this.remove(path);
  }

  /** Deletes without asking who wants it: ephemeral znodes of a session that is over, and what the reaper finds. */
  remove(path: string): void {
    const znode = this.#tree.get(path);
    const parent = this.#tree.get(parentOf(path));
    if (znode === undefined || parent === undefined) return;
    const { pzxid } = parent;
    this.#tree.remove(path);
    parent.pzxid = this.zxid;
    this.#undo.push(() => {
      this.#tree.put(path, znode);
      parent.pzxid = pzxid;
    });
    this.#changes.push({ kind: 'deleted', path, acl: znode.acl }, { kind: 'children', path: parentOf(path), acl: parent.acl });
  }

  setData(path: string, data: Uint8Array | null, version: number, identities: readonly Identity[]): Stat {
    demandPath(path);
    const znode = this.#find(path);
    demand(znode.acl, permissions.write, identities);
    demandVersion(znode.version, version);
    this.#remember(znode);
    znode.data = copyOf(data);
    znode.version = (znode.version + 1) | 0;
    znode.mzxid = this.zxid;
    znode.mtime = this.#timeMs;
    this.#changes.push({ kind: 'changed', path, acl: znode.acl });
    return statOf(znode);
  }

  setAcl(path: string, acl: readonly Acl[], version: number, identities: readonly Identity[]): Stat {
    demandPath(path);
    const storedAcl = resolveAcl(acl, identities);
    const znode = this.#find(path);
    demand(znode.acl, permissions.admin, identities);
    demandVersion(znode.aversion, version);
    this.#remember(znode);
    znode.acl = storedAcl;
    znode.aversion = (znode.aversion + 1) | 0;
    return statOf(znode);
  }

  check(path: string, version: number, identities: readonly Identity[]): undefined {
    demandPath(path);
    const znode = this.#find(path);
    demand(znode.acl, permissions.read, identities);
    demandVersion(znode.version, version);
  }

  rollback(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
    this.#changes.length = 0;
  }

  #add(path: string, parent: Znode, { data, acl, lifetime }: { data: Uint8Array | null; acl: readonly Acl[]; lifetime: Lifetime }): Stat {
    const { zxid } = this;
    const time = { ctime: this.#timeMs, mtime: this.#timeMs };
    const zxids = { czxid: zxid, mzxid: zxid, pzxid: zxid };
    const znode: Znode = {
      ...zxids,
      ...time,
      version: 0,
      aversion: 0,
      created: 0,
      data: copyOf(data),
      acl,
      lifetime,
      children: new Set(),
    };
    const { created, pzxid } = parent;
    this.#tree.put(path, znode);
    this.#count(parent);
    this.#undo.push(() => {
      this.#tree.remove(path);
      Object.assign(parent, { created, pzxid });
    });
    this.#changes.push({ kind: 'created', path, acl }, { kind: 'children', path: parentOf(path), acl: parent.acl });
    return statOf(znode);
  }

  #sequenceOf(parent: Znode): number {
    return this.#sequences.get(parent) ?? parent.created;
  }

  /**
   * Since 3.5.5 the counter never goes down: at 2147483647 it stays, and so does pzxid. Within one transaction numbers wrap to negative, and so
   * they do on a real server while earlier creates are on their way.
   *
   * @see ZooKeeper `DataTree.createNode`
   */
  #count(parent: Znode): void {
    const next = (this.#sequenceOf(parent) + 1) | 0;
    this.#sequences.set(parent, next);
    if (next <= parent.created) return;
    parent.created = next;
    parent.pzxid = this.zxid;
  }

  #find(path: string): Znode {
    const znode = this.#tree.get(path);
    if (znode === undefined) throw new Refusal('NONODE');
    return znode;
  }

  #remember(znode: Znode): void {
    const { data, acl, version, aversion, mzxid, mtime } = znode;
    this.#undo.push(() => Object.assign(znode, { data, acl, version, aversion, mzxid, mtime }));
  }
}

/** Java's `%010d`: a minus sign counts as one of the ten characters. */
function sequenceText(sequence: number): string {
  return sequence < 0 ? `-${String(-sequence).padStart(9, '0')}` : String(sequence).padStart(10, '0');
}

/** The request's bytes are a view on what came from the socket, which would be kept alive whole. */
function copyOf(data: Uint8Array | null): Buffer | null {
  return data === null ? null : Buffer.from(data);
}

function demandVersion(actual: number, expected: number): void {
  if (expected !== anyVersion && expected !== actual) throw new Refusal('BADVERSION');
}

function demandPath(path: string): void {
  try {
    validatePath(path);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new Refusal('BADARGUMENTS', { cause: error });
    throw error;
  }
}

/** @see ZooKeeper `DataTree.isSpecialPath` */
function isFixed(path: string): boolean {
  return path === '/' || path === '/zookeeper' || path === '/zookeeper/quota' || path === '/zookeeper/config';
}
