import { createHash } from 'node:crypto';
import type { Acl } from '../znode.ts';
import { Refusal } from './refusal.ts';

/** Whom a connection has shown to be. */
export interface Identity {
  readonly scheme: string;
  readonly id: string;
}

/**
 * The identity that the credential proves, or undefined if it proves none.
 *
 * @see ZooKeeper `DigestAuthenticationProvider`, `IPAuthenticationProvider`
 */
export function authenticate(scheme: string, credential: Uint8Array | null, address: string): Identity | undefined {
  if (scheme === 'ip') return { scheme, id: address };
  if (scheme !== 'digest' || credential === null) return undefined;
  const text = Buffer.from(credential).toString('utf8');
  const user = text.split(':', 1)[0] ?? '';
  return {
    scheme,
    id: `${user}:${createHash('sha1').update(text, 'utf8').digest('base64')}`,
  };
}

/** The name to show for an identity: without a digest's secret. */
export function userOf({ scheme, id }: Identity): string {
  return scheme === 'digest' ? (id.split(':', 1)[0] ?? '') : id;
}

/** Does the ACL let somebody with these identities do what `permission` stands for? One of several permissions is enough. */
export function permits(acl: readonly Acl[], permission: number, identities: readonly Identity[]): boolean {
  if (acl.length === 0) return true;
  return acl.some(
    (entry) => (entry.perms & permission) !== 0 && (isAnyone(entry) || identities.some((identity) => matches(entry, identity))),
  );
}

export function demand(acl: readonly Acl[], permission: number, identities: readonly Identity[]): void {
  if (!permits(acl, permission, identities)) throw new Refusal('NOAUTH');
}

/**
 * The ACL as it is stored: without duplicates, and `auth` replaced by whom the requester has authenticated as.
 *
 * @throws {Refusal} INVALIDACL: empty, an unknown scheme, a malformed id, or `auth` of somebody who has not authenticated
 * @see ZooKeeper `PrepRequestProcessor.fixupACL`
 */
export function resolveAcl(acl: readonly Acl[], identities: readonly Identity[]): readonly Acl[] {
  const unique = acl.filter((entry, at) => acl.findIndex((other) => isSame(entry, other)) === at);
  if (unique.length === 0) throw new Refusal('INVALIDACL');
  return unique.flatMap((entry) => (entry.scheme === 'auth' ? expandAuth(entry, identities) : [checked(entry)]));
}

/** What somebody without the right to administer gets to see of an ACL: no digests. */
export function masked(acl: readonly Acl[]): readonly Acl[] {
  return acl.map((entry) => (entry.scheme === 'digest' ? { ...entry, id: entry.id.replace(/:.*/, ':x') } : entry));
}

function expandAuth(entry: Acl, identities: readonly Identity[]): readonly Acl[] {
  // An address is no authentication.
  const proven = identities.filter(({ scheme }) => scheme !== 'ip');
  if (proven.length === 0) throw new Refusal('INVALIDACL');
  return proven.map((identity) => ({ perms: entry.perms, ...identity }));
}

function checked(entry: Acl): Acl {
  if (
    isAnyone(entry) ||
    (entry.scheme === 'digest' && isDigestId(entry.id)) ||
    (entry.scheme === 'ip' && rangeOf(entry.id) !== undefined)
  ) {
    return entry;
  }
  throw new Refusal('INVALIDACL');
}

function isSame(a: Acl, b: Acl): boolean {
  return a.perms === b.perms && a.scheme === b.scheme && a.id === b.id;
}

function isAnyone({ scheme, id }: Acl): boolean {
  return scheme === 'world' && id === 'anyone';
}

function matches(entry: Acl, identity: Identity): boolean {
  if (entry.scheme !== identity.scheme) return false;
  if (entry.scheme === 'digest') return entry.id === identity.id;
  return entry.scheme === 'ip' && isInRange(identity.id, entry.id);
}

/** Java's `split(":")` drops empty strings at the end, so `user:` has one part. */
function isDigestId(id: string): boolean {
  const parts = id.replace(/:+$/, '').split(':');
  return parts.length === 2;
}

/** Address and mask of `10.0.0.0/8` or `10.0.0.1`. ZooKeeper knows IPv4 only here. */
function rangeOf(text: string): { readonly address: number; readonly mask: number } | undefined {
  const [addressText = '', bitsText = '32'] = splitOnce(text);
  const address = ipv4Of(addressText);
  const bits = /^[+-]?\d{1,10}$/.test(bitsText) ? Number(bitsText) : Number.NaN;
  if (address === undefined || !(bits >= 0 && bits <= 32)) return undefined;
  return { address, mask: bits === 0 ? 0 : -1 << (32 - bits) };
}

function splitOnce(text: string): readonly string[] {
  const slash = text.indexOf('/');
  return slash === -1 ? [text] : [text.slice(0, slash), text.slice(slash + 1)];
}

function isInRange(address: string, range: string): boolean {
  const wanted = rangeOf(range);
  const actual = ipv4Of(address);
  return wanted !== undefined && actual !== undefined && (actual & wanted.mask) === (wanted.address & wanted.mask);
}

function ipv4Of(text: string): number | undefined {
  const parts = text.split('.').map((part) => (/^[+-]?\d{1,10}$/.test(part) ? Number(part) : Number.NaN));
  if (parts.length !== 4 || !parts.every((part) => part >= 0 && part <= 255)) return undefined;
  return parts.reduce((address, part) => (address << 8) | part, 0);
}
