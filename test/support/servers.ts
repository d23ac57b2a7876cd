import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { createZooKeeperDriver } from '../../src/driver/zookeeper/zookeeper-driver.ts';
import { FaultyProxy, startEmbeddedServer } from '../../src/embedded/index.ts';
import { type Client, type ClientOptions, connect, creatorAllAcl, type DriverFactory } from '../../src/index.ts';
import { cClient, realServer } from './real-server.ts';
import { type ServerUnderTest, startRemoteServer } from './remote-server.ts';

/** A new client: in a tree of its own, or in that of `like`. */
export type Connected = (like?: Client, options?: Omit<ClientOptions, 'hosts'>) => Promise<Client>;

/** What can be done to one client's connection. */
export type Wire = Pick<FaultyProxy, 'cut' | 'swallow' | 'mend' | 'expireSession'> & AsyncDisposable;

/** A client like another, in the same tree, with a wire of its own that can be cut. Close the client first. */
export type Wired = (like: Client) => Promise<{ readonly client: Client; readonly wire: Wire }>;

/** Runs the suite on the embedded server and on the real one, over docent's own driver and over the C client. Each test has a tree of its own. */
export function onEveryServer(name: string, suite: (connected: Connected, wired: Wired) => void): void {
  const real = realServer();
  const realHosts = () => ('hosts' in real ? real.hosts : '');
  for (const { over, driver, embedded, missing } of drivers) {
    describe.skipIf(missing() !== undefined)(`${name}, embedded server${over}`, () => {
      let server: ServerUnderTest | undefined;
      beforeAll(async () => {
        // Nor is an empty container deleted before a test looks at it.
        server = await embedded({ reaperIntervalMs: 3_600_000 });
      });
      afterAll(() => server?.close());
      suite(
        ...inTreesOfTheirOwn(
          () => server?.hosts ?? '',
          driver,
          () => server,
        ),
      );
    });

    describe.skipIf('skip' in real || missing() !== undefined)(`${name}, real ZooKeeper${over}`, () => {
      suite(...inTreesOfTheirOwn(realHosts, driver));
    });
  }
}

const drivers = [
  { over: '', driver: undefined, embedded: startEmbeddedServer, missing: () => undefined },
  { over: ', C client', driver: createZooKeeperDriver, embedded: startRemoteServer, missing: cClient },
] as const;

function inTreesOfTheirOwn(
  hosts: () => string,
  driver: DriverFactory | undefined,
  server?: () => ServerUnderTest | undefined,
): [Connected, Wired] {
  const trees = new WeakMap<Client, string>();
  afterAll(async () => {
    await using client = await connect(hosts());
    const roots = (await client.children('/')).filter((child) => child.startsWith(prefix));
    await Promise.all(roots.map((root) => client.deleteAll(`/${root}`)));
  });
  const open = async (to: string, like: Client | undefined, options: Omit<ClientOptions, 'hosts'>) => {
    const tree = (like === undefined ? undefined : trees.get(like)) ?? (await newTree(hosts()));
    const client = await connect(`${to}${tree}`, { sessionTimeoutMs: 10_000, driver, ...options });
    trees.set(client, tree);
    return client;
  };
  const wired: Wired = async (like) => {
    if (driver === undefined) {
      const [host = '', port] = hosts().split(':');
      const wire = await FaultyProxy.start([{ host, port: Number(port) }]);
      return { client: await open(wire.hosts, like, {}), wire };
    }
    const client = await open(hosts(), like, {});
    return { client, wire: faultsFor(client, server?.()) };
  };
  return [(like, options = {}) => open(hosts(), like, options), wired];
}

/**
 * The embedded server cuts the connection, a real one is left alone. The C client stops this thread until the server has answered its farewell: it could not go
 * through a proxy here, and silence or the end of its session would stop everybody.
 */
function faultsFor(client: Client, server: ServerUnderTest | undefined): Wire {
  // Without a session nobody is meant, rather than everybody.
  const id = () => client.session?.id ?? 0n;
  return {
    cut: () => server?.faults.dropConnections(id()),
    swallow: () => server?.faults.dropConnections(id()),
    mend: () => {},
    expireSession: async () => server?.faults.dropConnections(id()),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Makes a znode that only those may see who have authenticated as `client` has. */
export async function createClosed(client: Client, path: string): Promise<void> {
  if (client.capabilities.createAcl) await client.create(path, '', { acl: creatorAllAcl });
  else {
    await client.create(path);
    await client.setAcl(path, creatorAllAcl);
  }
}

const prefix = `docent-test-${randomUUID()}-`;
let count = 0;

async function newTree(hosts: string): Promise<string> {
  await using client = await connect(hosts);
  count += 1;
  const { path } = await client.create(`/${prefix}${count}`);
  return path;
}
