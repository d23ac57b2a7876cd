import { openAcl } from '../../src/znode.ts';
import {
  bareReply,
  bareRequest,
  handshakeReply,
  handshakeRequest,
  notification,
  proveFrames,
  refusal,
  reply,
  request,
  stat,
} from './expected.ts';

// The values are what the program that used kazoo asked for, and what kazoo then told it of the answers.

const sessionId = 72058107381743620n;
const passwd = Buffer.from('9556bd93227fe92fa4b885910afa1bb0', 'hex');
const acl = openAcl;
const changed = stat(32n, 35n, 1795245264460n, 1795245264476n, 1, 1, 0, 0n, 3, 1, 33n);
const aclChanged = { ...changed, aversion: 1 };

proveFrames('kazoo.hex', [
  handshakeRequest({ protocolVersion: 0, lastZxidSeen: 0n, timeOut: 8_000, sessionId: 0n, passwd: Buffer.alloc(16), readOnly: false }),
  handshakeReply({ protocolVersion: 0, timeOut: 8_000, sessionId, passwd, readOnly: false }),
  handshakeRequest({ protocolVersion: 0, lastZxidSeen: 39n, timeOut: 8_000, sessionId, passwd, readOnly: false }, 'again'),
  handshakeReply({ protocolVersion: 0, timeOut: 8_000, sessionId, passwd, readOnly: false }, 'again'),
  request('auth', -4, { type: 0, scheme: 'digest', auth: Buffer.from('eve:pw') }),
  reply('auth', -4, 0n, undefined),
  bareRequest('ping', -2, 11),
  bareReply('ping', -2, 39n),
  bareRequest('close', 4, -11),
  bareReply('close', 4, 40n),

  request('create', 2, { path: '/k', data: Buffer.from('hello'), acl, flags: 0 }),
  reply('create', 2, 32n, { path: '/k' }),
  request('create2', 4, { path: '/k/lock-', data: Buffer.from('é'), acl, flags: 3 }),
  reply('create2', 4, 33n, {
    path: '/k/lock-0000000000',
    stat: stat(33n, 33n, 1795245264463n, 1795245264463n, 0, 0, 0, sessionId, 2, 0, 33n),
  }),
  {
    ...request(
      'create',
      6,
      {
        path: '/k/a',
        data: Buffer.alloc(0),
        acl: [
          { perms: 1, scheme: 'world', id: 'anyone' },
          { perms: 31, scheme: 'auth', id: '' },
        ],
        flags: 0,
      },
      'empty id',
    ),
    // kazoo sends every empty string as null. docent reads null as empty, and sends empty as Java does: with length 0.
    written: { theirs: '0461757468ffffffff', ours: '046175746800000000' },
  },
  refusal('create', 6, 34n, 'INVALIDACL', 'empty id'),
  request('delete', 31, { path: '/k/none', version: 2 }),
  refusal('delete', 31, 39n, 'NONODE'),
  request('setData', 14, { path: '/k', data: Buffer.from('new'), version: 0 }),
  reply('setData', 14, 35n, { stat: changed }),
  request('setAcl', 18, { path: '/k', acl, version: 0 }),
  reply('setAcl', 18, 36n, { stat: aclChanged }),

  request('exists', 8, { path: '/k', watch: false }),
  reply('exists', 8, 34n, { stat: stat(32n, 32n, 1795245264460n, 1795245264460n, 0, 1, 0, 0n, 5, 1, 33n) }),
  request('exists', 10, { path: '/k/none', watch: true }, 'missing'),
  refusal('exists', 10, 34n, 'NONODE', 'missing'),
  request('getData', 12, { path: '/k', watch: true }),
  reply('getData', 12, 34n, {
    data: Buffer.from('hello'),
    stat: stat(32n, 32n, 1795245264460n, 1795245264460n, 0, 1, 0, 0n, 5, 1, 33n),
  }),
  notification(3, '/k', 'changed'),
  request('getAcl', 16, { path: '/k' }),
  reply('getAcl', 16, 35n, { acl, stat: changed }),
  request('getChildren', 20, { path: '/k', watch: false }),
  reply('getChildren', 20, 36n, { children: ['lock-0000000000'] }),
  request('getChildren2', 22, { path: '/k', watch: false }),
  reply('getChildren2', 22, 36n, { children: ['lock-0000000000'], stat: aclChanged }),
  request('sync', 24, { path: '/k' }),
  reply('sync', 24, 36n, { path: '/k' }),

  request('multi', 26, [
    { op: 'create', request: { path: '/k/t', data: Buffer.from('1'), acl, flags: 0 } },
    { op: 'setData', request: { path: '/k/t', data: Buffer.from('2'), version: 0 } },
    { op: 'check', request: { path: '/k/t', version: 1 } },
    { op: 'delete', request: { path: '/k/t', version: 1 } },
  ]),
  reply('multi', 26, 37n, [
    { op: 'create', reply: { path: '/k/t' } },
    { op: 'setData', reply: { stat: stat(37n, 37n, 1795245264537n, 1795245264537n, 1, 0, 0, 0n, 1, 0, 37n) } },
    { op: 'check', reply: undefined },
    { op: 'delete', reply: undefined },
  ]),
  request(
    'multi',
    28,
    [
      { op: 'create', request: { path: '/k/u', data: Buffer.from('1'), acl, flags: 0 } },
      { op: 'check', request: { path: '/k', version: 99 } },
    ],
    'refused',
  ),
  reply(
    'multi',
    28,
    38n,
    [
      { op: 'error', err: 0 },
      { op: 'error', err: -103 },
    ],
    'refused',
  ),
  request('reconfig', 2, {
    joiningServers: 'server.3=127.0.0.1:1:2:observer;3',
    leavingServers: null,
    newMembers: null,
    curConfigId: -1n,
  }),
]);
