import { test as base, describe, expect } from 'vitest';
import { ConnectTimeoutError, connect, InvalidArgumentError } from '../../src/index.ts';
import { type ContainerZooKeeperOptions, zookeeperFixture } from '../../src/testing/index.ts';
import { containers } from '../support/real-server.ts';

const embedded = base.extend(zookeeperFixture({ minSessionTimeoutMs: 100 }));
const contained = base.extend(zookeeperFixture({ kind: 'container' }));

describe('embedded', () => {
  const hosts: string[] = [];

  embedded.for([1, 2])('each test has a server of its own, with the options given (%i)', async (_, { zookeeper }) => {
    await using client = await connect(zookeeper.hosts, { sessionTimeoutMs: 3_000 });
    expect((await client.connected()).timeoutMs).toBe(3_000);
    expect(zookeeper.server.paths()).toEqual([]);
    await client.create('/mine');
    hosts.push(zookeeper.hosts);
  });

  base('and it is gone after the test', async () => {
    expect(hosts).toHaveLength(2);
    for (const each of hosts) await expect(connect(each, { connectTimeoutMs: 100 })).rejects.toThrow(ConnectTimeoutError);
  });
});

const missing = containers();
describe.skipIf(missing !== undefined)(missing === undefined ? 'container' : `container: ${missing.skip}`, () => {
  const hosts: string[] = [];

  contained.for([1, 2])('each test has a tree of its own on the server of the file (%i)', async (_, { zookeeper }) => {
    await using client = await connect(zookeeper.hosts);
    expect(await client.children('/')).toEqual([]);
    await client.create('/mine');
    hosts.push(zookeeper.hosts);
    await using outside = await connect(zookeeper.wire.hosts);
    const trees = (await outside.children('/')).filter((name) => name !== 'zookeeper');
    expect(trees.map((name) => `/${name}`).toSorted()).toEqual(hosts.map((each) => each.slice(each.indexOf('/'))).toSorted());
  });

  contained('each test has a wire of its own, mended after the last', async ({ zookeeper }) => {
    await using client = await connect(zookeeper.hosts);
    await zookeeper.expireSession(client);
    zookeeper.wire.cut();
    for (const each of hosts) await expect(connect(each, { connectTimeoutMs: 100 })).rejects.toThrow(ConnectTimeoutError);
  });

  contained('one test does not see the faults of another', async ({ zookeeper }) => {
    await using client = await connect(zookeeper.hosts);
    expect(await client.children('/')).toEqual([]);
  });
});

base('a wrong option is refused where the fixture is made, before any test', () => {
  // Wrong on purpose.
  const wrong = { kind: 'container', image: 7 } as unknown as ContainerZooKeeperOptions;
  expect(() => zookeeperFixture(wrong)).toThrow(InvalidArgumentError);
});
