import type { HostPort } from '../../driver/driver.ts';

/** Where the present members of an ensemble serve clients. */
export interface DynamicConfig {
  /** Larger for every later configuration; undefined where the text has none. */
  readonly version: bigint | undefined;
  readonly plain: readonly HostPort[];
  /** For TLS. ZooKeeper before 3.10 does not tell. */
  readonly secure: readonly HostPort[];
}

/**
 * Takes the text of `/zookeeper/config` apart: `server.1=zk1:2888:3888:participant;0.0.0.0:2181` for each member, and `version=100000000`.
 * Members that serve clients where the configuration does not say, and lines that mean nothing to us, are passed over. Never throws.
 *
 * @see ZooKeeper `QuorumPeer.QuorumServer`
 */
export function parseDynamicConfig(text: string): DynamicConfig {
  const members: Member[] = [];
  let version: bigint | undefined;
  for (const line of text.split('\n')) {
    const [, key = '', value = ''] = /^\s*([^=]*?)\s*=(.*)$/.exec(line) ?? [];
    if (/^server\.\d+$/.test(key)) members.push(parseMember(value));
    else if (key === 'version') version = parseVersion(value.trim());
  }
  return {
    version,
    plain: members.flatMap(({ plain }) => plain),
    secure: members.flatMap(({ secure }) => secure),
  };
}

type Member = Pick<DynamicConfig, 'plain' | 'secure'>;

function parseMember(value: string): Member {
  const [servers = '', plain = '', secure = ''] = value.split(';').map((part) => part.trim());
  // A member may have several addresses for its peers, and is told of by all of them.
  const ownHosts = servers.split('|').flatMap((server) => splitHost(server.trim())?.host || []);
  return { plain: parseClientAddress(plain, ownHosts), secure: parseClientAddress(secure, ownHosts) };
}

/** `host:port`, or a port alone. On any of its addresses means: on those that its peers know. */
function parseClientAddress(address: string, ownHosts: readonly string[]): readonly HostPort[] {
  const { host, rest } = splitHost(/^\d+$/.test(address) ? `:${address}` : address) ?? {};
  const port = Number(rest);
  if (host === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) return [];
  return (anyAddress.has(host) ? ownHosts : [host]).map((each) => ({ host: each, port }));
}

const anyAddress: ReadonlySet<string> = new Set(['', '0.0.0.0', '::', '0:0:0:0:0:0:0:0']);

// A name or IPv4 address, or an IPv6 address in brackets; then what follows the colon.
const hostPattern = /^(?:\[(?<ipv6>[^\]]+)\]|(?<name>[^:[\]\s]*)):(?<rest>.+)$/;

function splitHost(text: string): { readonly host: string; readonly rest: string } | undefined {
  const groups = hostPattern.exec(text)?.groups;
  return groups === undefined ? undefined : { host: groups['ipv6'] ?? groups['name'] ?? '', rest: groups['rest'] ?? '' };
}

function parseVersion(digits: string): bigint | undefined {
  return /^[\da-f]{1,16}$/i.test(digits) ? BigInt(`0x${digits}`) : undefined;
}
