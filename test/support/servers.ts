import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../../src/embedded/index.ts';
import { type Client, type ClientOptions, connect } from '../../src/index.ts';
import { realServer } from './real-server.ts';

/** A new client: in a tree of its own, or in that of `like`. */
export type Connected = (like?: Client, options?: Omit<ClientOptions, 'hosts'>) => Promise<Client>;

/** Runs the suite on the embedded server and on the real one. Each test has a tree of its own. */
export function onEveryServer(name: string, suite: (connected: Connected) => void): void {
  describe(`${name}, embedded server`, () => {
    let server: EmbeddedServer | undefined;
    beforeAll(async () => {
      server = await startEmbeddedServer();
    });
    afterAll(() => server?.close());
    suite(inTreesOfTheirOwn(() => server?.hosts ?? ''));
  });

  const real = realServer();
  describe.skipIf('skip' in real)(`${name}, real ZooKeeper`, () => {
    suite(inTreesOfTheirOwn(() => ('hosts' in real ? real.hosts : '')));
  });
}

function inTreesOfTheirOwn(hosts: () => string): Connected {
  const trees = new WeakMap<Client, string>();
  afterAll(async () => {
    await using client = await connect(hosts());
    const roots = (await client.children('/')).filter((child) => child.startsWith(prefix));
    await Promise.all(roots.map((root) => client.deleteAll(`/${root}`)));
  });
  return async (like, options = {}) => {
    const tree = (like === undefined ? undefined : trees.get(like)) ?? (await newTree(hosts()));
    const client = await connect(`${hosts()}${tree}`, { sessionTimeoutMs: 10_000, ...options });
    trees.set(client, tree);
    return client;
  };
}

const prefix = `docent-test-${randomUUID()}-`;
let count = 0;

async function newTree(hosts: string): Promise<string> {
  await using client = await connect(hosts);
  count += 1;
  const { path } = await client.create(`/${prefix}${count}`);
  return path;
}
