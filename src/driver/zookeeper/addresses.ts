import { lookup } from 'node:dns/promises';
import type { HostPort } from '../driver.ts';

/** What looking up the servers' names has come to. */
export interface Found {
  readonly addresses: readonly HostPort[];
  readonly failures: readonly { readonly server: HostPort; readonly cause: Error }[];
}

/** Looks the names up here, all at once, since the C client would stop the whole process for it. Addresses keep the order of `servers`. */
export async function addressesOf(servers: readonly HostPort[]): Promise<Found> {
  const each = await Promise.all(servers.map(addressesOfServer));
  return { addresses: each.flatMap(({ addresses }) => addresses), failures: each.flatMap(({ failures }) => failures) };
}

async function addressesOfServer(server: HostPort): Promise<Found> {
  try {
    const found = await lookup(server.host, { all: true });
    return { addresses: found.map(({ address }) => ({ host: address, port: server.port })), failures: [] };
  } catch (error) {
    return { addresses: [], failures: [{ server, cause: error instanceof Error ? error : new Error(String(error)) }] };
  }
}
