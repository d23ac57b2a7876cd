import { InternalError } from '../../errors/docent-error.ts';
import { createModes, hasTtl, isSequential } from '../../znode.ts';
import type { DriverOperations, OperationName, ReplyOf, RequestOf } from '../driver.ts';
import { createdPath, namesFromServer } from '../server-paths.ts';
import type { PackageClient } from './package.ts';
import { isOpen, packageAcl, packageCredential, packageData, statOf } from './translate.ts';

type Created = Parameters<PackageClient['a_create']>[3];

/** Takes the code that an operation was answered with, and how to read the reply if it is 0. */
export type Answered<Reply> = (code: number, read: () => Reply) => void;

/** One operation as it is put to the C client. */
export interface Exchange<Request, Reply> {
  /** What the package lacks for this request; undefined if it can be sent. */
  readonly lacks?: (request: Request) => string | undefined;
  /** The refusal that is an answer too, and which. */
  readonly forgiven?: { readonly code: number; readonly reply: Reply };
  /** Returns 0, or why it was not taken; `answered` is not called then. */
  start(client: PackageClient, request: Request, answered: Answered<Reply>): number;
}

/** How the operation goes, or the name of the feature that the package lacks. */
export function exchangeFor<N extends OperationName>(name: N): Exchange<RequestOf<N>, ReplyOf<N>> | string {
  return exchanges[name];
}

// The largest that the package takes.
const longestTtlMs = 2 ** 31 - 1;

type Exchanges = { readonly [N in OperationName]: Exchange<RequestOf<N>, ReplyOf<N>> | string };

const exchanges: Exchanges = {
  create: {
    lacks({ acl, ttlMs = 0 }) {
      if (!isOpen(acl)) return 'ACL at creation but the open one';
      return ttlMs > longestTtlMs ? `time to live above ${longestTtlMs} ms` : undefined;
    },
    start: create,
  },
  delete: { start: (client, { path, version }, answered) => client.a_delete_(path, version, (code) => answered(code, nothing)) },
  exists: {
    forgiven: { code: -101, reply: { stat: null } },
    start: (client, { path, watch }, answered) =>
      client.a_exists(path, watch, (code, _message, stat) => answered(code, () => ({ stat: statOf(stat) }))),
  },
  getData: {
    start: (client, { path, watch }, answered) =>
      client.a_get(path, watch, (code, _message, stat, data) => answered(code, () => ({ data, stat: statOf(stat) }))),
  },
  setData: {
    start: (client, { path, data, version }, answered) =>
      client.a_set(path, packageData(data), version, (code, _message, stat) => answered(code, () => ({ stat: statOf(stat) }))),
  },
  // The package has it, and takes the whole process down when the answer is no, or the connection breaks: it frees an ACL that is not there.
  getAcl: 'way to read an ACL that survives a refusal',
  setAcl: { start: setAcl },
  getChildren: {
    start: (client, { path, watch }, answered) =>
      client.a_get_children(path, watch, (code, _message, children) =>
        answered(code, () => ({ children: namesFromServer('GetChildrenResponse', children) })),
      ),
  },
  getChildren2: {
    start: (client, { path, watch }, answered) =>
      client.a_get_children2(path, watch, (code, _message, children, stat) =>
        answered(code, () => ({ children: namesFromServer('GetChildrenResponse', children), stat: statOf(stat) })),
      ),
  },
  sync: { start: (client, { path }, answered) => client.a_sync(path, (code) => answered(code, nothing)) },
  multi: 'transactions',
  multiRead: 'several reads in one',
  addWatch: 'persistent watches',
  removeWatches: 'way to remove watches',
  setWatches: 'way to ask what has changed',
  getEphemerals: 'list of ephemeral znodes',
  getAllChildrenNumber: 'count of descendants',
  whoAmI: 'way to ask who the session is',
  getConfig: {
    start: (client, { watch }, answered) =>
      client.a_getconfig(watch, (code, _message, stat, data) => answered(code, () => ({ data, stat: statOf(stat) }))),
  },
  reconfig: {
    start: (client, { joining, leaving, members, fromConfig }, answered) =>
      client.a_reconfig(joining, leaving, members, Number(fromConfig), (code, _message, stat, data) =>
        answered(code, () => ({ data, stat: statOf(stat) })),
      ),
  },
  addAuth: {
    lacks: lackForCredentials,
    start: addAuth,
  },
};

/** The C client leaves it lying until there is something else to send. */
function addAuth(client: PackageClient, { scheme, credential }: RequestOf<'addAuth'>, answered: Answered<undefined>): number {
  const result = client.add_auth(scheme, packageCredential(credential) ?? '', (code) => answered(code, nothing));
  if (result === 0) client.a_exists('/', false, nothing);
  return result;
}

/** What the package lacks for such credentials. */
export function lackForCredentials({ scheme, credential }: Pick<DriverOperations['addAuth']['request'], 'scheme' | 'credential'>) {
  if (scheme === 'sasl') return 'SASL';
  return packageCredential(credential) === undefined ? 'credentials but text in UTF-8' : undefined;
}

/**
 * The stat is asked for by a second request, right behind the first, where the name is known by then: nothing that comes later in this session can get in
 * between. If it does not come, there is none.
 */
function create(client: PackageClient, request: RequestOf<'create'>, answered: Answered<ReplyOf<'create'>>): number {
  const { path, mode } = request;
  if (isSequential(mode)) {
    return startCreate(client, request, (code, _message, made) => answered(code, () => ({ path: createdPath(request, made), stat: null })));
  }
  let isRefused = false;
  const result = startCreate(client, request, (code) => {
    isRefused = code !== 0;
    if (isRefused) answered(code, impossible);
  });
  if (result !== 0) return result;
  return client.a_exists(path, false, (code, _message, stat) => {
    if (!isRefused) answered(0, () => ({ path, stat: code === 0 ? statOf(stat) : null }));
  });
}

function startCreate(client: PackageClient, { path, data, mode, ttlMs = 0 }: RequestOf<'create'>, done: Created): number {
  if (hasTtl(mode)) return client.a_createTtl(path, packageData(data), createModes[mode], Math.round(ttlMs), done);
  return client.a_create(path, packageData(data), createModes[mode], done);
}

/** The server answers with the stat, which the package keeps to itself: a second request asks for it. If the znode is gone by then, that is the answer. */
function setAcl(client: PackageClient, { path, acl, version }: RequestOf<'setAcl'>, answered: Answered<ReplyOf<'setAcl'>>): number {
  let isRefused = false;
  const result = client.a_set_acl(path, version, packageAcl(acl), (code) => {
    isRefused = code !== 0;
    if (isRefused) answered(code, impossible);
  });
  if (result !== 0) return result;
  return client.a_exists(path, false, (code, _message, stat) => {
    if (!isRefused) answered(code, () => ({ stat: statOf(stat) }));
  });
}

function nothing(): undefined {
  return undefined;
}

function impossible(): never {
  throw new InternalError('a refusal has no reply');
}
