import type { RefusalCode } from '../../errors/refusal.ts';
import { type ConnectionCode, type ErrorCode, errorCodeName } from '../../protocol/error-codes.ts';
import { replyHeader } from '../../protocol/headers.ts';
import { decode } from '../../protocol/record.ts';

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

const replyHeaderBytes = 16;

/**
 * Why a server gives us no session, where it answers the greeting as if that were a request; undefined for a greeting of its own, which is longer.
 *
 * @see ZooKeeper `ReadOnlyRequestProcessor`
 */
export function sessionRefusal(frame: Buffer): string | undefined {
  if (frame.length !== replyHeaderBytes) return undefined;
  const code = errorCodeName(decode(replyHeader, frame).err);
  if (code !== 'NOTREADONLY') return `it gave us no session, but answered ${code}`;
  return 'it is in read-only mode, and gives nobody a session there without localSessionsEnabled=true in its configuration';
}

function isConnectionCode(code: ErrorCode | 'UNKNOWN'): code is ConnectionCode {
  return Object.hasOwn(connectionCodes, code);
}
