import type { RefusalCode } from '../../errors.ts';
import type { ConnectionCode, ErrorCode } from '../../protocol/error-codes.ts';

const connectionCodes: Readonly<Record<ConnectionCode, true>> = {
  CONNECTIONLOSS: true,
  OPERATIONTIMEOUT: true,
  SESSIONEXPIRED: true,
  SESSIONMOVED: true,
  REQUESTTIMEOUT: true,
};

/** The code, if it is the server's no to the request; undefined if it is about the connection or the session, and says nothing of what became of the request. */
export function refusalCode(code: ErrorCode | 'UNKNOWN'): RefusalCode | undefined {
  if (code === 'OK' || isConnectionCode(code)) return undefined;
  return code;
}

function isConnectionCode(code: ErrorCode | 'UNKNOWN'): code is ConnectionCode {
  return Object.hasOwn(connectionCodes, code);
}
