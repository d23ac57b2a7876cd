import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { createZooKeeperDriver } from '../../src/driver/zookeeper/zookeeper-driver.ts';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { type Client, type ClientOptions, connect, creatorAllAcl, type DriverFactory } from '../../src/index.ts';
import { cClient, realServer } from './real-server.ts';
import { type ServerUnderTest, startRemoteServer } from './remote-server.ts';

/** A new client: in a tree of its own, or in that of `like`. */
export type Connected = (like?: Client, options?: Omit<ClientOptions, 'hosts'>) => Promise<Client>;

/** Runs the suite on the embedded server and on the real one, over docent's own driver and over the C client. Each test has a tree of its own. */
export function onEveryServer(name: string, suite: (connected: Connected) => void): void {
  const real = realServer();
  const realHosts = () => ('hosts' in real ? real.hosts : '');
  for (const { over, driver, embedded, missing } of drivers) {
    describe.skipIf(missing() !== undefined)(`${name}, embedded server${over}`, () => {
      let server: ServerUnderTest | undefined;
      beforeAll(async () => {
        server = await embedded({});
      });
      afterAll(() => server?.close());
      suite(inTreesOfTheirOwn(() => server?.hosts ?? '', driver));
    });

    describe.skipIf('skip' in real || missing() !== undefined)(`${name}, real ZooKeeper${over}`, () => {
      suite(inTreesOfTheirOwn(realHosts, driver));
    });
  }
}

const drivers = [
  { over: '', driver: undefined, embedded: startEmbeddedServer, missing: () => undefined },
  { over: ', C client', driver: createZooKeeperDriver, embedded: startRemoteServer, missing: cClient },
] as const;

function inTreesOfTheirOwn(hosts: () => string, driver: DriverFactory | undefined): Connected {
  const trees = new WeakMap<Client, string>();
  afterAll(async () => {
    await using client = await connect(hosts());
    const roots = (await client.children('/')).filter((child) => child.startsWith(prefix));
    await Promise.all(roots.map((root) => client.deleteAll(`/${root}`)));
  });
  return async (like, options = {}) => {
    const tree = (like === undefined ? undefined : trees.get(like)) ?? (await newTree(hosts()));
    const client = await connect(`${hosts()}${tree}`, { sessionTimeoutMs: 10_000, driver, ...options });
    trees.set(client, tree);
    return client;
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
