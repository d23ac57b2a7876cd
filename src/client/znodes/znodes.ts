import { prefixed } from '../../driver/prefix.ts';
import { InvalidArgumentError } from '../../errors/docent-error.ts';
import { parseOptions } from '../../options.ts';
import { validatePath, validateSequentialPath } from '../../path.ts';
import { type Acl, hasTtl, isSequential, type Stat } from '../../znode.ts';
import { bytesOf, flagOf, modeOf, ttlOf, validateCallOptions, versionOf } from '../calls/arguments.ts';
import type { Call } from '../calls/call.ts';
import type { CallOptions } from '../calls/call-options.ts';
import { aclList } from '../client-options.ts';
import type { Core } from '../core.ts';
import type { Session } from '../session/session.ts';
import { deleteNode, setData } from './change.ts';
import { changedSince } from './changed-since.ts';
import { create } from './create.ts';
import { deleteAll } from './delete-all.ts';
import { makePath, type ParentTerms } from './parents.ts';
import { createProtected } from './protected-create.ts';
import { readMany } from './read-many.ts';
import { deleteUntilGone } from './sure-delete.ts';
import { multiOperationOf, transact } from './transaction.ts';
import type {
  AclOptions,
  CreatedNode,
  CreateOptions,
  DeleteOptions,
  Identity,
  NodeAcl,
  NodeChildren,
  NodeData,
  ReadOperation,
  ReadResult,
  Reconfiguration,
  TransactionOperation,
  TransactionResult,
  WriteOptions,
  ZnodeData,
} from './znode-options.ts';

const configPath = '/zookeeper/config';
const noBytes = Buffer.alloc(0);

/**
 * The operations on znodes. Each hands its first request over in the tick of the call, so that calls in a row travel together and are served in that
 * order. Without contact they wait for it; what failed is tried again by the client's retry policy where that is safe; and all of it ends with the
 * call's deadline.
 *
 * Every one of them rejects with `InvalidArgumentError`, `ClosedError`, `OperationTimeoutError`, the reason of its signal, the `SessionLostError` of
 * its session, and what the server refuses as the classes of `RefusedError`. Writes reject with `OutcomeUnknownError` where the reply was lost and the
 * znode does not tell what became of them.
 */
export class Znodes {
  readonly #core: Core;
  readonly #prefix: string;
  readonly #parents: ParentTerms;

  protected constructor(core: Core, prefix: string) {
    this.#core = core;
    this.#prefix = prefix;
    this.#parents = this.#parentTerms(undefined);
  }

  /** Data and stat. */
  async get(path: string, options: CallOptions = {}): Promise<NodeData> {
    return await this.#run('get', path, options, async (call) => {
      const { data, stat } = await call.perform('getData', { path, watch: false }, 'unknown');
      return { data: data ?? noBytes, stat };
    });
  }

  /** The stat, or null if there is no such znode. */
  async exists(path: string, options: CallOptions = {}): Promise<Stat | null> {
    return await this.#run('exists', path, options, async (call) => (await call.perform('exists', { path, watch: false }, 'unknown')).stat);
  }

  /** Names of the children, not their paths, in no order. */
  async children(path: string, options: CallOptions = {}): Promise<readonly string[]> {
    return await this.#run('children', path, options, async (call) => {
      return (await call.perform('getChildren', { path, watch: false }, 'unknown')).children;
    });
  }

  /** Names of the children with the parent's stat. */
  async list(path: string, options: CallOptions = {}): Promise<NodeChildren> {
    return await this.#run('list', path, options, (call) => call.perform('getChildren2', { path, watch: false }, 'unknown'));
  }

  /**
   * Reads many znodes in one request, or one each, in one flight, where driver or server cannot do that. What is refused, such as a znode that is not there,
   * is told in its place. The replies together have to fit `maxReplyBytes`; where they do not, it takes more requests.
   */
  async readMany(reads: readonly ReadOperation[], options: CallOptions = {}): Promise<readonly ReadResult[]> {
    for (const [index, { path }] of reads.entries()) validatePath(path, `readMany.${index}.path`);
    const { multi } = this.#core.capabilities;
    return await this.#run('readMany', reads[0]?.path ?? '/', options, (call) => readMany(call, reads, multi));
  }

  /**
   * Which of these znodes have changed since `zxid`: their data, their list of children, or that they are gone. The server looks them up and tells of those
   * alone. Sees all that was written before the call, by anybody. ZooKeeper leaves watches behind when it is asked so: it is asked in a session of its own, which
   * is ended at once. For thousands; a few are told apart faster by reading them.
   *
   * @throws {UnsupportedError} the driver cannot ask so
   */
  async changedSince(zxid: bigint, paths: readonly string[], options: CallOptions = {}): Promise<ReadonlySet<string>> {
    return await this.#run('changedSince', '/', options, (call) => changedSince(call, () => this.#core.openAnother(), zxid, paths));
  }

  /**
   * Makes a znode. If the reply is lost, it is found out whether it was made: a protected one is known by its name, an ephemeral one by its owner, age and
   * data. Of a sequential one without protection it can only be told that it was not made, where no child has come or gone meanwhile; and a persistent one that is
   * there, younger than the call and with its data, may be anybody's: that is `OutcomeUnknownError`, lest two be told that they have made it, unless the create is
   * `idempotent`. A protected create that fails without knowing deletes in the background what it may have made.
   *
   * @param data default: empty
   */
  async create(path: string, data?: ZnodeData, options: CreateOptions = {}): Promise<CreatedNode> {
    const mode = modeOf(options.mode, 'create');
    if (isSequential(mode)) validateSequentialPath(path, 'create.path');
    else validatePath(path, 'create.path');
    const acl = this.#aclOf(options.acl, path, 'create');
    const request = { path, data: bytesOf(data, 'create'), acl, mode, ...ttlOf(options.ttlMs, hasTtl(mode), 'create') };
    const parents = options.parents === true || this.#isInRoot(path) ? this.#parentTerms(options.acl) : undefined;
    const isProtected = options.protect ?? isSequential(mode);
    const isIdempotent = flagOf(options.idempotent, 'create.idempotent');
    const { caller, creates } = this.#core;
    return await caller.run({ operation: 'create', path, prefix: this.#prefix }, options, (call) =>
      isProtected ? createProtected(call, caller, request, parents) : create(call, request, { parents, isIdempotent, creates }),
    );
  }

  /** Stores data, of any version or of one. */
  async set(path: string, data: ZnodeData, options: WriteOptions = {}): Promise<Stat> {
    const request = { path, data: bytesOf(data, 'set'), version: versionOf(options.version, 'set') };
    return await this.#run('set', path, options, (call) => setData(call, request));
  }

  /**
   * Deletes a znode without children, of any version or of one. If the reply is lost and the znode is gone, nobody can tell who has deleted it: that is
   * `OutcomeUnknownError`, lest two be told that they have, unless the delete is `idempotent`.
   */
  async delete(path: string, options: DeleteOptions = {}): Promise<void> {
    const request = { path, version: versionOf(options.version, 'delete') };
    const isIdempotent = flagOf(options.idempotent, 'delete.idempotent');
    await this.#run('delete', path, options, (call) => deleteNode(call, request, isIdempotent));
  }

  /** Deletes a znode and all below it, deepest first. One that is missing is fine. Not at once: others see it happen. */
  async deleteAll(path: string, options: CallOptions = {}): Promise<void> {
    if (path === '/') throw new InvalidArgumentError('deleteAll.path', path, 'must not be the root');
    await this.#run('deleteAll', path, options, (call) => deleteAll(call, path));
  }

  /**
   * For a znode with a name that nobody else uses, which the session made: goes on until the server says that it is gone, or the session is over, which
   * takes it away if it is ephemeral. Never rejects for what happens on the way, and `close()` waits for it.
   *
   * @returns why the znode is still there, which `errors$` tells too: the server will not have it deleted, as with the `NoAuthError` of an ACL. Undefined
   * once it is gone, or the session over, or the client closed
   */
  async deleteForSure(path: string, options: { readonly session: Session }): Promise<Error | undefined> {
    validatePath(path, 'deleteForSure.path');
    validateCallOptions(options, 'deleteForSure');
    const target = { operation: 'deleteForSure', path, prefix: this.#prefix };
    return await this.#core.caller.inBackground(target, options.session, (call) => deleteUntilGone(call, path));
  }

  /** Makes the znode and its parents, as containers where the server has them; what is there stays as it is. */
  async ensurePath(path: string, options: AclOptions = {}): Promise<void> {
    const terms = this.#parentTerms(options.acl);
    await this.#run('ensurePath', path, options, (call) => makePath(call, path, terms));
  }

  /** Who may do what with it. */
  async getAcl(path: string, options: CallOptions = {}): Promise<NodeAcl> {
    return await this.#run('getAcl', path, options, (call) => call.perform('getAcl', { path }, 'unknown'));
  }

  /** @param options `version` is that of the ACL: `stat.aversion` */
  async setAcl(path: string, acl: readonly Acl[], options: WriteOptions = {}): Promise<Stat> {
    const request = { path, acl: this.#aclOf(acl, path, 'setAcl'), version: versionOf(options.version, 'setAcl') };
    return await this.#run('setAcl', path, options, async (call) => (await call.perform('setAcl', request, 'not-sent')).stat);
  }

  /** Resolves when the server that we are on has caught up with the leader: reads after it see all that was written before it, by anybody. */
  async sync(path = '/', options: CallOptions = {}): Promise<void> {
    await this.#run('sync', path, options, (call) => call.perform('sync', { path }, 'unknown'));
  }

  /** Whom the server takes this session for. ZooKeeper 3.7 and later. */
  async whoAmI(options: CallOptions = {}): Promise<readonly Identity[]> {
    return await this.#run('whoAmI', '/', options, async (call) => (await call.perform('whoAmI', { path: '/' }, 'unknown')).identities);
  }

  /** Paths of this session's ephemeral znodes at or below `path`. ZooKeeper 3.6 and later. */
  async ephemerals(path = '/', options: CallOptions = {}): Promise<readonly string[]> {
    return await this.#run('ephemerals', path, options, async (call) => (await call.perform('getEphemerals', { path }, 'unknown')).paths);
  }

  /** How many znodes there are below `path`, at any depth. ZooKeeper 3.6 and later. */
  async countDescendants(path: string, options: CallOptions = {}): Promise<number> {
    return await this.#run('countDescendants', path, options, async (call) => {
      return (await call.perform('getAllChildrenNumber', { path }, 'unknown')).count;
    });
  }

  /** The ensemble's configuration, as ZooKeeper's dynamic configuration file has it. */
  async config(options: CallOptions = {}): Promise<NodeData> {
    return await this.#run('config', configPath, options, async (call) => {
      const { data, stat } = await call.perform('getConfig', { path: configPath, watch: false }, 'unknown');
      return { data: data ?? noBytes, stat };
    });
  }

  /** Changes who belongs to the ensemble. Resolves with the new configuration. */
  async reconfig({ joining, leaving, members, fromConfig, ...options }: Reconfiguration): Promise<NodeData> {
    const request = {
      path: configPath,
      joining: joining ?? null,
      leaving: leaving ?? null,
      members: members ?? null,
      fromConfig: fromConfig ?? -1n,
    } as const;
    return await this.#run('reconfig', configPath, options, async (call) => {
      const { data, stat } = await call.perform('reconfig', request, 'not-sent');
      return { data: data ?? noBytes, stat };
    });
  }

  /** All are applied, or none is: `TransactionFailedError` says which was refused. After a lost reply `OutcomeUnknownError`. */
  async transaction(operations: readonly TransactionOperation[], options: CallOptions = {}): Promise<readonly TransactionResult[]> {
    const multi = operations.map((operation, index) => {
      const what = `transaction.${index}`;
      return multiOperationOf(operation, what, (acl, path) => this.#aclOf(acl, path, what));
    });
    return await this.#run('transaction', operations[0]?.path ?? '/', options, (call) =>
      transact(call, multi, this.#parents, this.#core.creates),
    );
  }

  /** @param body hands its first request over before its first await */
  async #run<T>(operation: string, path: string, options: CallOptions, body: (call: Call) => Promise<T>): Promise<T> {
    validatePath(path, `${operation}.path`);
    return await this.#core.caller.run({ operation, path, prefix: this.#prefix }, options, body);
  }

  /** Is the root of the namespace its parent? */
  #isInRoot(path: string): boolean {
    return this.#prefix !== '' && path.lastIndexOf('/') === 0;
  }

  #aclOf(acl: readonly Acl[] | undefined, path: string, what: string): readonly Acl[] {
    return acl === undefined ? this.#core.settings.aclOf(prefixed(this.#prefix, path)) : parseOptions(aclList, acl, `${what}.acl`);
  }

  #parentTerms(acl: readonly Acl[] | undefined): ParentTerms {
    const { settings, capabilities } = this.#core;
    return { aclOf: acl === undefined ? settings.aclOf : () => acl, containers: capabilities.containers };
  }
}
