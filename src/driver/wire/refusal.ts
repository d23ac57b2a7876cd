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

// Said without regard to the session, or of its end.
const refusalsThatProveNothing: ReadonlySet<RefusalCode> = new Set([
  'AUTHFAILED',
  'SESSIONCLOSEDREQUIRESASLAUTH',
  'UNKNOWN',
  'UNKNOWNSESSION',
]);

/** Whether a server that answers with the code has seen the session alive. In doubt it has not. */
export function isSignOfLife(code: ErrorCode | 'UNKNOWN'): boolean {
  const refusal = refusalCode(code);
  return code === 'OK' || (refusal !== undefined && !refusalsThatProveNothing.has(refusal));
}

function isConnectionCode(code: ErrorCode | 'UNKNOWN'): code is ConnectionCode {
  return Object.hasOwn(connectionCodes, code);
}
