import { isWithin } from '../../path.ts';
import { addWatchModes, watcherTypes } from '../../protocol/operations/watches.ts';
import type { OperationName, ReplyOf, RequestOf } from '../driver.ts';
import { createdPath, namesFromServer, pathFromServer } from '../server-paths.ts';
import { asItIs, type Exchange, mapped, withBuffer } from './exchange.ts';
import { createOperation, createRequest } from './translate-create.ts';
import { multi, multiRead } from './translate-multi.ts';

type PortExchange<N extends OperationName> = Exchange<RequestOf<N>, ReplyOf<N>>;

/** How the operation goes over the wire. */
export function exchangeFor<N extends OperationName>(name: N, request: RequestOf<N>): PortExchange<N> {
  return exchanges[name](request);
}

const creates: Readonly<Record<ReturnType<typeof createOperation>, PortExchange<'create'>>> = {
  create2: mapped('create2', createRequest, created),
  createContainer: mapped('createContainer', createRequest, created),
  createTtl: mapped('createTtl', createRequest, created),
};

const deleteNode: PortExchange<'delete'> = asItIs('delete');
const setData: PortExchange<'setData'> = asItIs('setData');
const getAcl: PortExchange<'getAcl'> = asItIs('getAcl');
const setAcl: PortExchange<'setAcl'> = asItIs('setAcl');
const getData: PortExchange<'getData'> = reading(
  'data',
  mapped('getData', (request: RequestOf<'getData'>) => request, withBuffer),
);
const getChildren: PortExchange<'getChildren'> = reading(
  'child',
  mapped('getChildren', (request: RequestOf<'getChildren'>) => request, listed),
);
const getChildren2: PortExchange<'getChildren2'> = reading(
  'child',
  mapped('getChildren2', (request: RequestOf<'getChildren2'>) => request, listed),
);
const getConfig: PortExchange<'getConfig'> = reading(
  'data',
  mapped('getData', (request: RequestOf<'getConfig'>) => request, withBuffer),
);

const exists: PortExchange<'exists'> = {
  ...asItIs('exists'),
  forgiven: { code: 'NONODE', reply: { stat: null } },
  watches(table, { watch, path }, found) {
    if (watch) table.add(found ? 'data' : 'exist', path);
  },
};

const sync: PortExchange<'sync'> = mapped(
  'sync',
  (request: RequestOf<'sync'>) => request,
  () => undefined,
);

const addWatch: PortExchange<'addWatch'> = {
  ...mapped(
    'addWatch',
    ({ path, mode }: RequestOf<'addWatch'>) => ({
      path,
      mode: addWatchModes[mode],
    }),
    () => undefined,
  ),
  watches: (table, { path, mode }) => table.add(mode, path),
};

const removeWatches: PortExchange<'removeWatches'> = {
  ...mapped(
    'removeWatches',
    ({ path, type }: RequestOf<'removeWatches'>) => ({
      path,
      type: watcherTypes[type],
    }),
    () => undefined,
  ),
  forgiven: { code: 'NOWATCHER', reply: undefined },
  watches: (table, { path, type }) => table.removed(type, path),
};

const setWatches: PortExchange<'setWatches'> = mapped(
  'setWatches',
  ({ relativeZxid, data, children }: RequestOf<'setWatches'>) => ({
    relativeZxid,
    dataWatches: data,
    existWatches: [],
    childWatches: children,
  }),
  () => undefined,
);

const getEphemerals: PortExchange<'getEphemerals'> = mapped(
  'getEphemerals',
  ({ path }: RequestOf<'getEphemerals'>) => ({ prefixPath: path }),
  // The server compares text: `/a` finds `/ab` too.
  ({ ephemerals }, { path }) => ({
    paths: ephemerals.filter((each) => isWithin(pathFromServer('GetEphemeralsResponse', each), path)),
  }),
);

const getAllChildrenNumber: PortExchange<'getAllChildrenNumber'> = mapped(
  'getAllChildrenNumber',
  (request: RequestOf<'getAllChildrenNumber'>) => request,
  ({ totalNumber }) => ({ count: totalNumber }),
);

const whoAmI: PortExchange<'whoAmI'> = mapped(
  'whoAmI',
  () => undefined,
  ({ clientInfo }) => ({
    identities: clientInfo.map(({ authScheme, user }) => ({
      scheme: authScheme,
      id: user,
    })),
  }),
);

const reconfig: PortExchange<'reconfig'> = mapped(
  'reconfig',
  ({ joining, leaving, members, fromConfig }: RequestOf<'reconfig'>) => ({
    joiningServers: joining,
    leavingServers: leaving,
    newMembers: members,
    curConfigId: fromConfig,
  }),
  withBuffer,
);

const addAuth: PortExchange<'addAuth'> = mapped(
  'auth',
  ({ scheme, credential }: RequestOf<'addAuth'>) => ({
    type: 0,
    scheme,
    auth: credential,
  }),
  () => undefined,
);

const exchanges: {
  readonly [N in OperationName]: (request: RequestOf<N>) => PortExchange<N>;
} = {
  create: (request) => creates[createOperation(request)],
  delete: () => deleteNode,
  exists: () => exists,
  getData: () => getData,
  setData: () => setData,
  getAcl: () => getAcl,
  setAcl: () => setAcl,
  getChildren: () => getChildren,
  getChildren2: () => getChildren2,
  sync: () => sync,
  multi: () => multi,
  multiRead: () => multiRead,
  addWatch: () => addWatch,
  removeWatches: () => removeWatches,
  setWatches: () => setWatches,
  getEphemerals: () => getEphemerals,
  getAllChildrenNumber: () => getAllChildrenNumber,
  whoAmI: () => whoAmI,
  getConfig: () => getConfig,
  reconfig: () => reconfig,
  addAuth: () => addAuth,
};

function created(reply: ReplyOf<'create'>, request: RequestOf<'create'>): ReplyOf<'create'> {
  createdPath(request, reply.path);
  return reply;
}

function listed<Reply extends { readonly children: readonly string[] }>(reply: Reply): Reply {
  namesFromServer('GetChildrenResponse', reply.children);
  return reply;
}

/** A read whose watch is set once the read succeeds. */
function reading<Request extends { readonly path: string; readonly watch: boolean }, Reply>(
  kind: 'data' | 'child',
  exchange: Exchange<Request, Reply>,
): Exchange<Request, Reply> {
  return {
    ...exchange,
    watches(table, { path, watch }) {
      if (watch) table.add(kind, path);
    },
  };
}
