import { ProtocolError } from '../../errors/connection.ts';
import type { SessionEnd } from '../../errors/session.ts';
import { errorCodeName } from '../../protocol/error-codes.ts';
import type { Acl, Stat } from '../../znode.ts';
import type { HostPort, WatchEventType } from '../driver.ts';
import { isSignOfLife, refusalCode } from '../wire/refusal.ts';
import type { PackageAcl, PackageStat } from './package.ts';

/** What every request is answered with that the C client has when it comes to its end. */
export const closingCode = -116;

/** The answer to `addAuth` that ends the session. */
export const authFailedCode = -115;

/** What a code that is not 0 says of the request. */
export type Verdict =
  | { readonly kind: 'refused'; readonly code: NonNullable<ReturnType<typeof refusalCode>> }
  /** It speaks of the connection or the session, and leaves open what became of the request. */
  | { readonly kind: 'unclear'; readonly name: string };

/** What the C client says of itself, in numbers that no server uses. */
const clientCodes: ReadonlyMap<number, string> = new Map([
  [-9, 'INVALIDSTATE'],
  [closingCode, 'CLOSING'],
  [-117, 'NOTHING'],
]);

export function verdictOf(code: number): Verdict {
  const own = clientCodes.get(code);
  if (own !== undefined) return { kind: 'unclear', name: own };
  const name = errorCodeName(code);
  const refusal = refusalCode(name);
  return refusal === undefined ? { kind: 'unclear', name } : { kind: 'refused', code: refusal };
}

/** Whether an answer with that code proves that a server has seen the session alive. The C client makes up codes of its own, about the connection. */
export function provesLife(code: number): boolean {
  return !clientCodes.has(code) && !madeUpHere.has(code) && isSignOfLife(errorCodeName(code));
}

// MARSHALLINGERROR and BADARGUMENTS, RUNTIMEINCONSISTENCY: servers say them too, the C client says them without having asked one.
const madeUpHere: ReadonlySet<number> = new Set([-2, -5, -8]);

/** What the `close` event's number says: `ZOO_EXPIRED_SESSION_STATE`, `ZOO_AUTH_FAILED_STATE`, or 0 upon our own word. */
export function endOf(closeCode: number): SessionEnd {
  if (closeCode === -112) return 'expired';
  return closeCode === -113 ? 'auth-failed' : 'closed';
}

/** `ZOO_NOTCONNECTED_STATE`: it has not looked for a server yet, or has closed its socket outside of its call-backs. */
export const notConnected = 999;

/** Whether the C client, by its state, has neither a connection nor one in the making. It is 0 after the last one has failed. */
export function hasNoSocket(state: number): boolean {
  return state === notConnected || state === 0;
}

export const eventTypes = {
  created: 'created',
  deleted: 'deleted',
  changed: 'changed',
  child: 'children',
} as const satisfies Readonly<Record<string, WatchEventType>>;

export function statOf(stat: PackageStat): Stat {
  return {
    czxid: zxidOf('czxid', stat.czxid),
    mzxid: zxidOf('mzxid', stat.mzxid),
    ctime: BigInt(stat.ctime.getTime()),
    mtime: BigInt(stat.mtime.getTime()),
    version: stat.version,
    cversion: stat.cversion,
    aversion: stat.aversion,
    ephemeralOwner: idOf(stat.ephemeralOwner),
    dataLength: stat.dataLength,
    numChildren: stat.numChildren,
    pzxid: zxidOf('pzxid', stat.pzxid),
  };
}

/** A session's id from its hexadecimal digits, signed as everywhere else. */
export function idOf(hex: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${hex}`));
}

/** The package hands zxids on as floating-point numbers. A rounded one would make two fencing tokens one: better no answer. */
function zxidOf(field: string, zxid: number): bigint {
  if (!Number.isSafeInteger(zxid)) throw new ProtocolError('Stat', field, `${zxid} is more than the package 'zookeeper' tells exactly`);
  return BigInt(zxid);
}

export function packageAcl(acl: readonly Acl[]): readonly PackageAcl[] {
  return acl.map(({ perms, scheme, id }) => ({ perms, scheme, auth: id }));
}

/** Everybody may do everything: the one ACL that the package creates with. */
export function isOpen(acl: readonly Acl[]): boolean {
  const [only, ...others] = acl;
  return others.length === 0 && only?.perms === 31 && only.scheme === 'world' && only.id === 'anyone';
}

/** What has no data is made with empty data: the package takes a null for the text `null`. */
export function packageData(data: Uint8Array | null): Buffer {
  return data === null ? Buffer.alloc(0) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A credential as the text that the package takes; undefined if it is none. */
export function packageCredential(credential: Uint8Array): string | undefined {
  try {
    return utf8.decode(credential);
  } catch {
    return undefined;
  }
}

/** As the C client reads it: the port is what follows the last colon, so that an IPv6 address needs no brackets, and may have none. */
export function packageServers(addresses: readonly HostPort[]): string {
  return addresses.map(({ host, port }) => `${host}:${port}`).join(',');
}

/** About how many bytes a request takes on the wire: texts and bytes with their lengths, and the header. */
export function sizeOf(request: object): number {
  return 8 + Object.values(request).reduce<number>((sum, value) => sum + valueSize(value), 0);
}

function valueSize(value: unknown): number {
  if (typeof value === 'string') return 4 + Buffer.byteLength(value);
  if (value instanceof Uint8Array) return 4 + value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + valueSize(each), 4);
  if (typeof value === 'object' && value !== null) return Object.values(value).reduce<number>((sum, each) => sum + valueSize(each), 0);
  return 4;
}
