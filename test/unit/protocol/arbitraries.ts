import fc from 'fast-check';
import { connectRequest, connectResponse } from '../../../src/protocol/handshake.ts';
import { replyHeader, requestHeader } from '../../../src/protocol/headers.ts';
import type { MultiReplyPart, MultiRequestPart } from '../../../src/protocol/operations/multi.ts';
import { operations, type WireOperation, type WireReply, type WireRequest } from '../../../src/protocol/operations.ts';
import type { Codec } from '../../../src/protocol/record.ts';
import { watcherEvent } from '../../../src/protocol/watcher-event.ts';
import type { Acl, Stat } from '../../../src/znode.ts';

/** One wire type with values of it. */
export interface Sample {
  /** What the errors call it. */
  readonly record: string;
  readonly codec: Codec<unknown>;
  readonly values: fc.Arbitrary<unknown>;
}

export const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
export const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
/** Whatever UTF-8 can say, control characters and astral planes included. */
export const text = fc.string({ unit: 'binary', maxLength: 12 });
export const data: fc.Arbitrary<Buffer | null> = fc.option(fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)));

export const stats: fc.Arbitrary<Stat> = fc.record({
  czxid: int64,
  mzxid: int64,
  ctime: int64,
  mtime: int64,
  version: int32,
  cversion: int32,
  aversion: int32,
  ephemeralOwner: int64,
  dataLength: int32,
  numChildren: int32,
  pzxid: int64,
});

const path = text;
const watch = fc.boolean();
const version = int32;
const paths = fc.array(path, { maxLength: 4 });
const acl: fc.Arbitrary<readonly Acl[]> = fc.array(fc.record({ perms: int32, scheme: text, id: text }), { maxLength: 3 });
const nothing = fc.constant(undefined);
const optionalText = fc.option(text);
const createRequest = fc.record({ path, data, acl, flags: int32 });
const createTtlRequest = fc.record({ path, data, acl, flags: int32, ttl: int64 });
const pathAndStat = fc.record({ path, stat: stats });
const dataAndStat = fc.record({ data, stat: stats });

const multiRequests: fc.Arbitrary<readonly MultiRequestPart[]> = fc.array(
  fc.oneof(
    fc.record({ op: fc.constant('create' as const), request: createRequest }),
    fc.record({ op: fc.constant('create2' as const), request: createRequest }),
    fc.record({ op: fc.constant('createContainer' as const), request: createRequest }),
    fc.record({ op: fc.constant('createTtl' as const), request: createTtlRequest }),
    fc.record({ op: fc.constant('delete' as const), request: fc.record({ path, version }) }),
    fc.record({ op: fc.constant('setData' as const), request: fc.record({ path, data, version }) }),
    fc.record({ op: fc.constant('check' as const), request: fc.record({ path, version }) }),
    fc.record({ op: fc.constant('getData' as const), request: fc.record({ path, watch }) }),
    fc.record({ op: fc.constant('getChildren' as const), request: fc.record({ path, watch }) }),
  ),
  { maxLength: 4 },
);

const multiReplies: fc.Arbitrary<readonly MultiReplyPart[]> = fc.array(
  fc.oneof(
    fc.record({ op: fc.constant('create' as const), reply: fc.record({ path }) }),
    fc.record({ op: fc.constantFrom('create2' as const, 'createContainer' as const, 'createTtl' as const), reply: pathAndStat }),
    fc.record({ op: fc.constantFrom('delete' as const, 'check' as const), reply: nothing }),
    fc.record({ op: fc.constant('setData' as const), reply: fc.record({ stat: stats }) }),
    fc.record({ op: fc.constant('getData' as const), reply: dataAndStat }),
    fc.record({ op: fc.constant('getChildren' as const), reply: fc.record({ children: paths }) }),
    fc.record({ op: fc.constant('error' as const), err: int32 }),
  ),
  { maxLength: 4 },
);

/** What goes over the wire for an operation, and under which name. */
type Messages = {
  readonly [N in WireOperation]: {
    readonly request: readonly [record: string, fc.Arbitrary<WireRequest<N>>];
    readonly reply: readonly [record: string, fc.Arbitrary<WireReply<N>>];
  };
};

const setWatchesRequest = { relativeZxid: int64, dataWatches: paths, existWatches: paths, childWatches: paths };

/** By type: an operation without samples does not compile. */
const messages: Messages = {
  addWatch: { request: ['AddWatchRequest', fc.record({ path, mode: int32 })], reply: ['ErrorResponse', fc.record({ err: int32 })] },
  auth: { request: ['AuthPacket', fc.record({ type: int32, scheme: text, auth: data })], reply: ['', nothing] },
  check: { request: ['CheckVersionRequest', fc.record({ path, version })], reply: ['', nothing] },
  checkWatches: { request: ['CheckWatchesRequest', fc.record({ path, type: int32 })], reply: ['', nothing] },
  create: { request: ['CreateRequest', createRequest], reply: ['CreateResponse', fc.record({ path })] },
  create2: { request: ['CreateRequest', createRequest], reply: ['Create2Response', pathAndStat] },
  createContainer: { request: ['CreateRequest', createRequest], reply: ['Create2Response', pathAndStat] },
  createTtl: { request: ['CreateTTLRequest', createTtlRequest], reply: ['Create2Response', pathAndStat] },
  delete: { request: ['DeleteRequest', fc.record({ path, version })], reply: ['', nothing] },
  exists: { request: ['ExistsRequest', fc.record({ path, watch })], reply: ['ExistsResponse', fc.record({ stat: stats })] },
  getAcl: { request: ['GetACLRequest', fc.record({ path })], reply: ['GetACLResponse', fc.record({ acl, stat: stats })] },
  getAllChildrenNumber: {
    request: ['GetAllChildrenNumberRequest', fc.record({ path })],
    reply: ['GetAllChildrenNumberResponse', fc.record({ totalNumber: int32 })],
  },
  getChildren: {
    request: ['GetChildrenRequest', fc.record({ path, watch })],
    reply: ['GetChildrenResponse', fc.record({ children: paths })],
  },
  getChildren2: {
    request: ['GetChildren2Request', fc.record({ path, watch })],
    reply: ['GetChildren2Response', fc.record({ children: paths, stat: stats })],
  },
  getData: { request: ['GetDataRequest', fc.record({ path, watch })], reply: ['GetDataResponse', dataAndStat] },
  getEphemerals: {
    request: ['GetEphemeralsRequest', fc.record({ prefixPath: path })],
    reply: ['GetEphemeralsResponse', fc.record({ ephemerals: paths })],
  },
  multi: { request: ['MultiRequest', multiRequests], reply: ['MultiResponse', multiReplies] },
  multiRead: { request: ['MultiRequest', multiRequests], reply: ['MultiResponse', multiReplies] },
  reconfig: {
    request: [
      'ReconfigRequest',
      fc.record({ joiningServers: optionalText, leavingServers: optionalText, newMembers: optionalText, curConfigId: int64 }),
    ],
    reply: ['GetDataResponse', dataAndStat],
  },
  removeWatches: { request: ['RemoveWatchesRequest', fc.record({ path, type: int32 })], reply: ['', nothing] },
  sasl: { request: ['GetSASLRequest', fc.record({ token: data })], reply: ['SetSASLResponse', fc.record({ token: data })] },
  setAcl: { request: ['SetACLRequest', fc.record({ path, acl, version })], reply: ['SetACLResponse', fc.record({ stat: stats })] },
  setData: { request: ['SetDataRequest', fc.record({ path, data, version })], reply: ['SetDataResponse', fc.record({ stat: stats })] },
  setWatches: { request: ['SetWatches', fc.record(setWatchesRequest)], reply: ['', nothing] },
  setWatches2: {
    request: ['SetWatches2', fc.record({ ...setWatchesRequest, persistentWatches: paths, persistentRecursiveWatches: paths })],
    reply: ['', nothing],
  },
  sync: { request: ['SyncRequest', fc.record({ path })], reply: ['SyncResponse', fc.record({ path })] },
  whoAmI: {
    request: ['', nothing],
    reply: ['WhoAmIResponse', fc.record({ clientInfo: fc.array(fc.record({ authScheme: text, user: text }), { maxLength: 3 }) })],
  },
};

const handshake = { protocolVersion: int32, timeOut: int32, sessionId: int64, passwd: data, readOnly: fc.boolean() };

/** Every record that goes over the wire, by a title that says where. */
export const samples: ReadonlyMap<string, Sample> = new Map([
  ['connect request', sample('ConnectRequest', connectRequest, fc.record({ ...handshake, lastZxidSeen: int64 }))],
  ['connect reply', sample('ConnectResponse', connectResponse, fc.record(handshake))],
  ['request header', sample('RequestHeader', requestHeader, fc.record({ xid: int32, type: int32 }))],
  ['reply header', sample('ReplyHeader', replyHeader, fc.record({ xid: int32, zxid: int64, err: int32 }))],
  ['watcher event', sample('WatcherEvent', watcherEvent, fc.record({ type: int32, state: int32, path }))],
  ...Object.entries(messages).flatMap(([name, { request, reply }]): readonly [string, Sample][] => {
    // `Object.entries` forgets which names there are.
    const { request: requestCodec, reply: replyCodec } = operations[name as WireOperation];
    return [
      [`${name} request`, sample(request[0], requestCodec as Codec<unknown>, request[1])],
      [`${name} reply`, sample(reply[0], replyCodec as Codec<unknown>, reply[1])],
    ];
  }),
]);

function sample<T>(record: string, codec: Codec<T>, values: fc.Arbitrary<T>): Sample {
  // The tests hand a codec only the values of its own arbitrary.
  return { record, codec: codec as Codec<unknown>, values };
}
