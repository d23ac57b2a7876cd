import type { HostPort } from '../driver/driver.ts';
import { InvalidArgumentError } from '../errors/docent-error.ts';
import { validatePath } from '../path.ts';

/** The ensemble's servers, and the path that is put before all others. */
export interface ConnectionString {
  readonly hosts: readonly HostPort[];
  /** Empty for none. */
  readonly chroot: string;
}

const defaultPort = 2181;

/**
 * Takes `h1:2181,h2,[::1]:2181/chroot` apart.
 *
 * @param field how errors name it
 * @throws {InvalidArgumentError} saying which part is wrong
 * @see ZooKeeper `ConnectStringParser`
 */
export function parseConnectionString(text: string, field = 'hosts'): ConnectionString {
  const slash = text.indexOf('/');
  const servers = slash === -1 ? text : text.slice(0, slash);
  const path = slash === -1 ? '/' : text.slice(slash);
  if (servers.trim() === '') throw new InvalidArgumentError(field, text, 'must name at least one server, as in `localhost:2181`');
  validatePath(path, `${field} (the chroot)`);
  return { hosts: servers.split(',').map((server) => parseServer(server.trim(), field)), chroot: path === '/' ? '' : path };
}

// A name or IPv4 address without colons, or an IPv6 address in brackets; then, after a colon, a port.
const serverPattern = /^(?:\[(?<ipv6>[^\]]*)\]|(?<name>[^:[\]]*))(?::(?<port>[^:]*))?$/;

function parseServer(server: string, field: string): HostPort {
  if (server === '') throw new InvalidArgumentError(field, server, 'has an empty entry between commas');
  const groups = serverPattern.exec(server)?.groups;
  if (groups === undefined)
    throw new InvalidArgumentError(field, server, 'must be host:port; an IPv6 address goes in brackets, as in `[::1]:2181`');
  const host = groups['ipv6'] ?? groups['name'] ?? '';
  if (host === '' || /\s/.test(host)) throw new InvalidArgumentError(field, server, 'must have a host before the port');
  if (groups['ipv6'] !== undefined && !host.includes(':'))
    throw new InvalidArgumentError(field, server, 'must have an IPv6 address between brackets');
  return { host, port: parsePort(groups['port'], server, field) };
}

function parsePort(digits: string | undefined, server: string, field: string): number {
  if (digits === undefined) return defaultPort;
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError(field, server, 'must have a port from 1 to 65535');
  return port;
}
