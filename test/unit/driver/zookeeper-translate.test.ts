import { expect, test } from 'vitest';
import {
  endOf,
  idOf,
  isOpen,
  packageCredential,
  packageData,
  packageServers,
  provesLife,
  sizeOf,
  statOf,
  verdictOf,
} from '../../../src/driver/zookeeper/translate.ts';
import { ProtocolError } from '../../../src/errors/connection.ts';
import { errorCodes } from '../../../src/protocol/error-codes.ts';
import { creatorAllAcl, openAcl, readAcl } from '../../../src/znode.ts';

const stat = {
  czxid: 0x2_0000_0001,
  mzxid: 2,
  pzxid: 3,
  ctime: new Date(1_700_000_000_123),
  mtime: new Date(1_700_000_000_456),
  version: 4,
  cversion: 5,
  aversion: 6,
  ephemeralOwner: 'f00000000000000a',
  dataLength: 7,
  numChildren: 8,
};

test('a stat becomes ours, with 64-bit numbers where ZooKeeper has them', () => {
  expect(statOf(stat)).toEqual({
    czxid: 0x2_0000_0001n,
    mzxid: 2n,
    pzxid: 3n,
    ctime: 1_700_000_000_123n,
    mtime: 1_700_000_000_456n,
    version: 4,
    cversion: 5,
    aversion: 6,
    ephemeralOwner: BigInt.asIntN(64, 0xf00000000000000an),
    dataLength: 7,
    numChildren: 8,
  });
});

test('a zxid that the package has rounded is no zxid', () => {
  expect(() => statOf({ ...stat, czxid: 2 ** 53 })).toThrow(ProtocolError);
  expect(statOf({ ...stat, czxid: 2 ** 53 - 1 }).czxid).toBe(2n ** 53n - 1n);
});

test('session ids are signed, as the protocol has them', () => {
  expect(idOf('0')).toBe(0n);
  expect(idOf('10000fbb3fe00c3')).toBe(0x10000fbb3fe00c3n);
  expect(idOf('ffffffffffffffff')).toBe(-1n);
});

test('every code is either a refusal or leaves the outcome open, and those of the connection do', () => {
  const open = Object.entries(errorCodes).filter(([name, code]) => name !== 'OK' && verdictOf(code).kind === 'unclear');
  expect(open.map(([name]) => name).toSorted()).toEqual([
    'CONNECTIONLOSS',
    'OPERATIONTIMEOUT',
    'REQUESTTIMEOUT',
    'SESSIONEXPIRED',
    'SESSIONMOVED',
  ]);
  expect(verdictOf(-101)).toEqual({ kind: 'refused', code: 'NONODE' });
  expect(verdictOf(-9)).toEqual({ kind: 'unclear', name: 'INVALIDSTATE' });
  expect(verdictOf(-116)).toEqual({ kind: 'unclear', name: 'CLOSING' });
});

test('only what a server has said of a living session prolongs it', () => {
  for (const code of [0, -101, -103, -110]) expect(provesLife(code)).toBe(true);
  for (const code of [-2, -4, -5, -7, -8, -9, -112, -115, -116, -117, -118, -999]) expect(provesLife(code)).toBe(false);
});

test('the number of the close event says how the session ended', () => {
  expect([-112, -113, 0].map(endOf)).toEqual(['expired', 'auth-failed', 'closed']);
});

test('only the open ACL is open', () => {
  expect(isOpen(openAcl)).toBe(true);
  for (const acl of [[], readAcl, creatorAllAcl, [...openAcl, ...readAcl]]) expect(isOpen(acl)).toBe(false);
});

test('data are handed over as a buffer of just those bytes, none as an empty one', () => {
  expect(packageData(null)).toEqual(Buffer.alloc(0));
  expect(packageData(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toEqual(Buffer.from([2, 3]));
});

test('a credential is text in UTF-8, or it cannot be handed over', () => {
  expect(packageCredential(Buffer.from('\ufeffé:ü'))).toBe('\ufeffé:ü');
  expect(packageCredential(new Uint8Array([0xff]))).toBeUndefined();
});

test('an address has its port behind the last colon', () => {
  const servers = [
    { host: '127.0.0.1', port: 2181 },
    { host: '::1', port: 2182 },
  ];
  expect(packageServers(servers)).toBe('127.0.0.1:2181,::1:2182');
});

test('the size of a request counts its texts in UTF-8, its bytes and its numbers', () => {
  expect(sizeOf({ path: '/é', data: Buffer.alloc(100), version: -1 })).toBe(8 + (4 + 3) + (4 + 100) + 4);
  expect(sizeOf({ acl: openAcl })).toBe(8 + 4 + (4 + 4 + 5 + 4 + 6));
});
