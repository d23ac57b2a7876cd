import type { RefusalCode } from '../errors/refusal.ts';

/** Codes that are about the connection or the session, not about the one request. */
export type ConnectionCode = 'CONNECTIONLOSS' | 'OPERATIONTIMEOUT' | 'SESSIONEXPIRED' | 'SESSIONMOVED' | 'REQUESTTIMEOUT';

export type ErrorCode = 'OK' | Exclude<RefusalCode, 'UNKNOWN'> | ConnectionCode;

/** Names and numbers of ZooKeeper's `KeeperException.Code`. */
export const errorCodes: Readonly<Record<ErrorCode, number>> = {
  OK: 0,
  SYSTEMERROR: -1,
  RUNTIMEINCONSISTENCY: -2,
  DATAINCONSISTENCY: -3,
  CONNECTIONLOSS: -4,
  MARSHALLINGERROR: -5,
  UNIMPLEMENTED: -6,
  OPERATIONTIMEOUT: -7,
  BADARGUMENTS: -8,
  UNKNOWNSESSION: -12,
  NEWCONFIGNOQUORUM: -13,
  RECONFIGINPROGRESS: -14,
  NONODE: -101,
  NOAUTH: -102,
  BADVERSION: -103,
  NOCHILDRENFOREPHEMERALS: -108,
  NODEEXISTS: -110,
  NOTEMPTY: -111,
  SESSIONEXPIRED: -112,
  INVALIDCALLBACK: -113,
  INVALIDACL: -114,
  AUTHFAILED: -115,
  SESSIONMOVED: -118,
  NOTREADONLY: -119,
  EPHEMERALONLOCALSESSION: -120,
  NOWATCHER: -121,
  REQUESTTIMEOUT: -122,
  RECONFIGDISABLED: -123,
  SESSIONCLOSEDREQUIRESASLAUTH: -124,
  QUOTAEXCEEDED: -125,
  THROTTLEDOP: -127,
};

const names: ReadonlyMap<number, ErrorCode> = new Map(Object.entries(errorCodes).map(([name, code]) => [code, name as ErrorCode]));

/** The code's name, or `UNKNOWN` for a number that ZooKeeper 3.8 does not have. */
export function errorCodeName(code: number): ErrorCode | 'UNKNOWN' {
  return names.get(code) ?? 'UNKNOWN';
}
