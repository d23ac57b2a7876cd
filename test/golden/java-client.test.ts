import { creatorAllAcl, openAcl } from '../../src/znode.ts';
import {
  bareReply,
  bareRequest,
  type Expected,
  handshakeReply,
  handshakeRequest,
  notification,
  proveFrames,
  refusal,
  reply,
  request,
  stat,
} from './expected.ts';

// The values are what the program that used the Java client asked for, and what that client then told it of the answers.

const sessionId = 72058107381743616n;
const passwd = Buffer.from('49d2d493a2506c1ccface8e3bbd6c97b', 'hex');
const noPasswd = Buffer.alloc(16);
const acl = openAcl;
const children = ['container', 'é-0000000001', 'eph-0000000002', 'ttl-0000000005', 'later', 'null', 'ttl'];

const sessions: readonly Expected[] = [
  handshakeRequest({ protocolVersion: 0, lastZxidSeen: 0n, timeOut: 10_000, sessionId: 0n, passwd: noPasswd, readOnly: false }),
  handshakeReply({ protocolVersion: 0, timeOut: 10_000, sessionId, passwd, readOnly: false }),
  handshakeRequest({ protocolVersion: 0, lastZxidSeen: 22n, timeOut: 10_000, sessionId, passwd, readOnly: false }, 'again'),
  handshakeReply({ protocolVersion: 0, timeOut: 10_000, sessionId, passwd, readOnly: false }, 'again'),
  handshakeRequest(
    {
      protocolVersion: 0,
      lastZxidSeen: 0n,
      timeOut: 10_000,
      sessionId: 0x123456789abcdefn,
      passwd: Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
      readOnly: false,
    },
    'unknown session',
  ),
  handshakeReply({ protocolVersion: 0, timeOut: 0, sessionId: 0n, passwd: noPasswd, readOnly: false }, 'expired'),
  request('auth', -4, { type: 0, scheme: 'digest', auth: Buffer.from('bob:secret') }),
  reply('auth', -4, 0n, undefined),
  refusal('auth', -4, 0n, 'AUTHFAILED', 'unknown scheme'),
  bareRequest('ping', -2, 11),
  bareReply('ping', -2, 26n),
  bareRequest('close', 107, -11),
  bareReply('close', 107, 30n),
];

const writes: readonly Expected[] = [
  request('create', 2, { path: '/g', data: Buffer.from('hello'), acl, flags: 0 }),
  reply('create', 2, 2n, { path: '/g' }),
  request('create', 4, { path: '/g', data: Buffer.from('hello'), acl, flags: 0 }, 'exists already'),
  refusal('create', 4, 3n, 'NODEEXISTS', 'exists already'),
  request('create', 6, { path: '/g/null', data: null, acl, flags: 1 }, 'null data'),
  reply('create', 6, 4n, { path: '/g/null' }, 'null data'),
  request('create', 98, { path: '/g/private', data: Buffer.from('p'), acl: creatorAllAcl, flags: 0 }, 'creator all'),
  request('create2', 8, { path: '/g/é-', data: Buffer.from('grüß'), acl, flags: 2 }, 'sequential'),
  reply(
    'create2',
    8,
    5n,
    { path: '/g/é-0000000001', stat: stat(5n, 5n, 1795245255986n, 1795245255986n, 0, 0, 0, 0n, 6, 0, 5n) },
    'sequential',
  ),
  request('create2', 10, { path: '/g/eph-', data: Buffer.alloc(0), acl, flags: 3 }, 'ephemeral'),
  reply(
    'create2',
    10,
    6n,
    { path: '/g/eph-0000000002', stat: stat(6n, 6n, 1795245256019n, 1795245256019n, 0, 0, 0, sessionId, 0, 0, 6n) },
    'ephemeral',
  ),
  request('createContainer', 12, { path: '/g/container', data: Buffer.from('c'), acl, flags: 4 }),
  reply('createContainer', 12, 7n, {
    path: '/g/container',
    stat: stat(7n, 7n, 1795245256024n, 1795245256024n, 0, 0, 0, 0n, 1, 0, 7n),
  }),
  request('createTtl', 14, { path: '/g/ttl', data: Buffer.from('t'), acl, flags: 5, ttl: 86_400_000n }),
  reply('createTtl', 14, 8n, { path: '/g/ttl', stat: stat(8n, 8n, 1795245256031n, 1795245256031n, 0, 0, 0, 0n, 1, 0, 8n) }),
  request('createTtl', 16, { path: '/g/ttl-', data: Buffer.from('t'), acl, flags: 6, ttl: 86_400_001n }, 'sequential'),
  reply(
    'createTtl',
    16,
    9n,
    { path: '/g/ttl-0000000005', stat: stat(9n, 9n, 1795245256036n, 1795245256036n, 0, 0, 0, 0n, 1, 0, 9n) },
    'sequential',
  ),
  request('setData', 26, { path: '/g/later', data: Buffer.from('two'), version: 0 }),
  reply('setData', 26, 11n, { stat: stat(10n, 11n, 1795245256050n, 1795245256117n, 1, 0, 0, 0n, 3, 0, 10n) }),
  request('setData', 28, { path: '/g/later', data: Buffer.from('x'), version: 7 }, 'bad version'),
  refusal('setData', 28, 12n, 'BADVERSION', 'bad version'),
  request('setAcl', 34, {
    path: '/g/later',
    acl: [
      { perms: 19, scheme: 'world', id: 'anyone' },
      { perms: 31, scheme: 'digest', id: 'bob:JLqnaRGy4WE0SJPWyZ4FIjbIQQI=' },
    ],
    version: 0,
  }),
  reply('setAcl', 34, 13n, { stat: stat(10n, 11n, 1795245256050n, 1795245256117n, 1, 0, 1, 0n, 3, 0, 10n) }),
  request('delete', 48, { path: '/g/child', version: -1 }),
  reply('delete', 48, 15n, undefined),
  request('delete', 50, { path: '/g/child', version: 3 }, 'missing'),
  refusal('delete', 50, 16n, 'NONODE', 'missing'),
  refusal('delete', 52, 17n, 'NOTEMPTY', 'not empty'),
];

const reads: readonly Expected[] = [
  request('exists', 18, { path: '/g', watch: false }),
  reply('exists', 18, 9n, { stat: stat(2n, 2n, 1795245255944n, 1795245255944n, 0, 6, 0, 0n, 5, 6, 9n) }),
  request('exists', 20, { path: '/g/later', watch: true }, 'missing'),
  refusal('exists', 20, 9n, 'NONODE', 'missing'),
  request('getData', 24, { path: '/g/later', watch: true }, 'watched'),
  reply(
    'getData',
    24,
    10n,
    { data: Buffer.from('1'), stat: stat(10n, 10n, 1795245256050n, 1795245256050n, 0, 0, 0, 0n, 1, 0, 10n) },
    'watched',
  ),
  reply('getData', 30, 12n, { data: null, stat: stat(4n, 4n, 1795245255980n, 1795245255980n, 0, 0, 0, sessionId, 0, 0, 4n) }, 'null data'),
  reply(
    'getData',
    32,
    12n,
    { data: Buffer.alloc(0), stat: stat(6n, 6n, 1795245256019n, 1795245256019n, 0, 0, 0, sessionId, 0, 0, 6n) },
    'no data',
  ),
  request('getData', 1, { path: '/g/private', watch: false }, 'denied'),
  refusal('getData', 1, 27n, 'NOAUTH', 'denied'),
  request('getData', 100, { path: '/zookeeper/config', watch: true }, 'standalone config'),
  reply('getData', 100, 23n, { data: Buffer.alloc(0), stat: stat(0n, 0n, 0n, 0n, 0, 0, -1, 0n, 0, 0, 0n) }, 'standalone config'),
  request('getAcl', 36, { path: '/g/later' }),
  reply('getAcl', 36, 13n, {
    acl: [
      { perms: 19, scheme: 'world', id: 'anyone' },
      { perms: 31, scheme: 'digest', id: 'bob:JLqnaRGy4WE0SJPWyZ4FIjbIQQI=' },
    ],
    stat: stat(10n, 11n, 1795245256050n, 1795245256117n, 1, 0, 1, 0n, 3, 0, 10n),
  }),
  request('getChildren', 38, { path: '/g', watch: false }),
  reply('getChildren', 38, 13n, { children }),
  reply('getChildren', 40, 13n, { children: [] }, 'none'),
  request('getChildren2', 42, { path: '/g', watch: true }, 'watched'),
  reply('getChildren2', 42, 13n, { children, stat: stat(2n, 2n, 1795245255944n, 1795245255944n, 0, 7, 0, 0n, 5, 7, 10n) }, 'watched'),
  request('sync', 54, { path: '/g' }),
  reply('sync', 54, 17n, { path: '/g' }),
  request('getEphemerals', 90, { prefixPath: '/g' }),
  reply('getEphemerals', 90, 22n, { ephemerals: ['/g/null', '/g/eph-0000000002'] }),
  request('getAllChildrenNumber', 92, { path: '/g' }),
  reply('getAllChildrenNumber', 92, 22n, { totalNumber: 11 }),
  request('whoAmI', 96, undefined),
  reply('whoAmI', 96, 22n, {
    clientInfo: [
      { authScheme: 'digest', user: 'bob' },
      { authScheme: 'ip', user: '127.0.0.1' },
    ],
  }),
  request(
    'reconfig',
    1,
    { joiningServers: 'server.2=localhost:2:3:participant;4', leavingServers: '3', newMembers: null, curConfigId: -1n },
    'switched off',
  ),
  refusal('reconfig', 1, 25n, 'RECONFIGDISABLED', 'switched off'),
];

const multiStat = stat(18n, 18n, 1795245256352n, 1795245256352n, 0, 0, 0, 0n, 1, 0, 18n);

const multis: readonly Expected[] = [
  request('multi', 56, [
    { op: 'create', request: { path: '/g/m', data: Buffer.from('m'), acl, flags: 0 } },
    { op: 'createContainer', request: { path: '/g/m/c', data: Buffer.from('c'), acl, flags: 4 } },
    { op: 'createTtl', request: { path: '/g/m/t', data: Buffer.from('t'), acl, flags: 5, ttl: 3_600_000n } },
    { op: 'setData', request: { path: '/g/m', data: Buffer.from('m2'), version: 0 } },
    { op: 'check', request: { path: '/g/m', version: 1 } },
    { op: 'delete', request: { path: '/g/m/c', version: -1 } },
  ]),
  // Containers and znodes with a TTL are answered as `create2`.
  reply('multi', 56, 18n, [
    { op: 'create', reply: { path: '/g/m' } },
    { op: 'create2', reply: { path: '/g/m/c', stat: multiStat } },
    { op: 'create2', reply: { path: '/g/m/t', stat: multiStat } },
    { op: 'setData', reply: { stat: stat(18n, 18n, 1795245256352n, 1795245256352n, 1, 2, 0, 0n, 2, 2, 18n) } },
    { op: 'check', reply: undefined },
    { op: 'delete', reply: undefined },
  ]),
  request(
    'multi',
    58,
    [
      { op: 'create', request: { path: '/g/n', data: Buffer.from('n'), acl, flags: 0 } },
      { op: 'check', request: { path: '/g/m', version: 9 } },
      { op: 'delete', request: { path: '/g/m/t', version: -1 } },
    ],
    'refused',
  ),
  // The header says 0. Before the one that was refused stands 0, after it RUNTIMEINCONSISTENCY.
  reply(
    'multi',
    58,
    19n,
    [
      { op: 'error', err: 0 },
      { op: 'error', err: -103 },
      { op: 'error', err: -2 },
    ],
    'refused',
  ),
  request('multiRead', 61, [
    { op: 'getData', request: { path: '/g/m', watch: false } },
    { op: 'getChildren', request: { path: '/g/m', watch: false } },
    { op: 'getData', request: { path: '/g/none', watch: false } },
  ]),
  reply('multiRead', 61, 19n, [
    {
      op: 'getData',
      reply: { data: Buffer.from('m2'), stat: stat(18n, 18n, 1795245256352n, 1795245256352n, 1, 3, 0, 0n, 2, 1, 18n) },
    },
    { op: 'getChildren', reply: { children: ['t'] } },
    { op: 'error', err: -101 },
  ]),
];

const watches: readonly Expected[] = [
  notification(1, '/g/later', 'created'),
  notification(3, '/g/later', 'changed'),
  notification(4, '/g', 'children'),
  notification(2, '/g/child', 'deleted'),
  notification(1, '/g/tree/below', 'recursive'),
  request('addWatch', 63, { path: '/g/m', mode: 0 }, 'persistent'),
  reply('addWatch', 63, 19n, { err: 0 }, 'persistent'),
  request('addWatch', 66, { path: '/g/tree', mode: 1 }, 'recursive'),
  reply('addWatch', 66, 20n, { err: 0 }, 'recursive'),
  request('setWatches2', 77, {
    relativeZxid: 22n,
    dataWatches: ['/g'],
    existWatches: ['/g/never'],
    childWatches: ['/g'],
    persistentWatches: ['/g/m'],
    persistentRecursiveWatches: ['/g/tree'],
  }),
  reply('setWatches2', 77, 22n, undefined),
  request('checkWatches', 80, { path: '/g/m', type: 3 }),
  reply('checkWatches', 80, 22n, undefined),
  request('removeWatches', 84, { path: '/g/tree', type: 3 }),
  reply('removeWatches', 84, 22n, undefined),
  request('setWatches', 87, { relativeZxid: 22n, dataWatches: ['/g'], existWatches: ['/g/never'], childWatches: ['/g'] }),
  reply('setWatches', 87, 22n, undefined),
];

proveFrames('java-client.hex', [...sessions, ...writes, ...reads, ...multis, ...watches]);

const member = 'server.1=127.0.0.1:23811:23812:participant;127.0.0.1:23803';

proveFrames('java-reconfig.hex', [
  request('getData', 2, { path: '/zookeeper/config', watch: false }, 'config'),
  reply(
    'getData',
    2,
    4294967298n,
    { data: Buffer.from(`${member}\nversion=100000000`), stat: stat(0n, 4294967296n, 0n, 1795245293499n, -1, 0, -1, 0n, 76, 0, 0n) },
    'config',
  ),
  request('reconfig', 1, {
    joiningServers: null,
    leavingServers: null,
    newMembers: member,
    curConfigId: -1n,
  }),
  reply('reconfig', 1, 4294967299n, {
    data: Buffer.from(`${member}\nversion=100000003`),
    stat: stat(0n, 4294967299n, 0n, 1795245299152n, -1, 0, -1, 0n, 76, 0, 0n),
  }),
  request(
    'reconfig',
    2,
    {
      joiningServers: 'server.5=127.0.0.1:23815:23816:observer;127.0.0.1:23817',
      leavingServers: '7',
      newMembers: null,
      curConfigId: 0x1234567n,
    },
    'bad version',
  ),
  refusal('reconfig', 2, 4294967300n, 'BADVERSION', 'bad version'),
]);

// The password of anna is `secret`: also a test vector for DIGEST-MD5.
const challenge = 'realm="zk-sasl-md5",nonce="MAVKTYG91CQDNb8y6UZ+fteIVIvZMt269tDO4d0H",charset=utf-8,algorithm=md5-sess';
const response =
  'charset=utf-8,username="anna",realm="zk-sasl-md5",nonce="MAVKTYG91CQDNb8y6UZ+fteIVIvZMt269tDO4d0H",nc=00000001,' +
  'cnonce="q5heJ2eGNz0epDEU34LfW6P4vYlDc99IdOLwFawu",digest-uri="zookeeper/zk-sasl-md5",maxbuf=65536,' +
  'response=d8a83503490543eda8664f6fcbccb6bb,qop=auth,authzid="anna"';

proveFrames('java-sasl.hex', [
  request('sasl', 1, { token: Buffer.alloc(0) }, 'first'),
  reply('sasl', 1, 0n, { token: Buffer.from(challenge) }, 'challenge'),
  request('sasl', 2, { token: Buffer.from(response) }, 'response'),
  reply('sasl', 2, 0n, { token: Buffer.from('rspauth=d349f2e0c7cbeeb87088b650e9e6b9be') }, 'done'),
  request('whoAmI', 4, undefined),
  reply('whoAmI', 4, 43n, {
    clientInfo: [
      { authScheme: 'ip', user: '127.0.0.1' },
      { authScheme: 'sasl', user: 'anna' },
    ],
  }),
]);
