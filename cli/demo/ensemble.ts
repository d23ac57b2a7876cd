import { startEmbeddedServer } from '../../src/embedded/index.ts';
import type { HostPort } from '../../src/index.ts';
import type { Context } from '../context.ts';

/** The ZooKeeper that the demo runs on. */
export interface Ensemble extends AsyncDisposable {
  /** For the title. */
  readonly description: string;
  /** The connection string. */
  readonly hosts: string;
  readonly servers: readonly HostPort[];
  /** What stands behind the servers in the connection string: empty, or `/…`. */
  readonly chroot: string;
}

/** The ensemble that `--hosts` names, else an embedded server that lets sessions be as short as `sessionTimeoutMs`. */
export async function openEnsemble({ options, terminal, messages }: Context, sessionTimeoutMs: number): Promise<Ensemble> {
  if (options.hosts !== undefined) {
    return { description: `the ensemble ${options.hosts}`, ...partsOf(options.hosts), async [Symbol.asyncDispose]() {} };
  }
  const server = await startEmbeddedServer({ clock: terminal.clock, logger: messages.detailLogger, minSessionTimeoutMs: sessionTimeoutMs });
  return {
    description: `an embedded ZooKeeper at ${server.hosts}, in memory`,
    ...partsOf(server.hosts),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

const defaultPort = 2181;

/** Of a valid connection string; the client, which is made with the same one, has the say about that. */
function partsOf(hosts: string): Pick<Ensemble, 'hosts' | 'servers' | 'chroot'> {
  const slash = hosts.indexOf('/');
  const list = slash === -1 ? hosts : hosts.slice(0, slash);
  const servers = list.split(',').map((entry) => {
    const { bracketed, plain, port } = /^(?:\[(?<bracketed>.+)\]|(?<plain>[^:]*))(?::(?<port>\d+))?$/.exec(entry.trim())?.groups ?? {};
    return { host: bracketed ?? plain ?? entry, port: Number(port ?? defaultPort) };
  });
  return { hosts, servers, chroot: slash === -1 ? '' : hosts.slice(slash) };
}
