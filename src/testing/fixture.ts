import { FaultyProxy } from '../embedded/index.ts';
import { connect, randomUuid } from '../index.ts';
import { type ServerContainer, startContainer } from './container.ts';
import { ContainerZooKeeper } from './container-zookeeper.ts';
import type { EmbeddedZooKeeper } from './embedded-zookeeper.ts';
import {
  type ContainerZooKeeperOptions,
  type EmbeddedZooKeeperOptions,
  isContainer,
  readContainerOptions,
  type TestZooKeeperOptions,
} from './options.ts';
import { startTestZooKeeper, type TestZooKeeper } from './start.ts';

/** For vitest's `test.extend`. */
export interface ZooKeeperFixture<T extends TestZooKeeper> {
  zookeeper: (context: object, use: (value: T) => Promise<void>) => Promise<void>;
}

/**
 * A ZooKeeper for every test that asks for one, by vitest's fixtures (vitest 3.2 or later):
 *
 * ```ts
 * import { test as base } from 'vitest';
 * const test = base.extend(zookeeperFixture());
 * test('…', async ({ zookeeper }) => { await using client = await connect(zookeeper.hosts); … });
 * ```
 *
 * Embedded: each test has a server of its own. In a container: the tests of a file share a server, and each has a wire and a tree of its own, so that no
 * test sees the znodes or the faults of another.
 *
 * @throws {InvalidArgumentError} at once, naming the option that breaks a rule
 */
export function zookeeperFixture(options?: EmbeddedZooKeeperOptions): ZooKeeperFixture<EmbeddedZooKeeper>;
export function zookeeperFixture(options: ContainerZooKeeperOptions): ZooKeeperFixture<ContainerZooKeeper>;
export function zookeeperFixture(options: TestZooKeeperOptions): ZooKeeperFixture<TestZooKeeper>;
export function zookeeperFixture(
  options: TestZooKeeperOptions = {},
): ZooKeeperFixture<EmbeddedZooKeeper> | ZooKeeperFixture<ContainerZooKeeper> {
  return isContainer(options) ? containerFixture(options) : embeddedFixture(options);
}

function embeddedFixture(options: EmbeddedZooKeeperOptions): ZooKeeperFixture<EmbeddedZooKeeper> {
  return {
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which other fixtures to make first
    zookeeper: async ({}, use) => {
      await using zookeeper = await startTestZooKeeper(options);
      await use(zookeeper);
    },
  };
}

/** A container takes seconds, so the tests of a file share one: a second fixture, of which only vitest needs to know. */
function containerFixture(options: ContainerZooKeeperOptions): ZooKeeperFixture<ContainerZooKeeper> {
  const settings = readContainerOptions(options);
  // biome-ignore lint/correctness/noEmptyPattern: as above
  const zookeeperContainer = async ({}, use: (value: ServerContainer) => Promise<void>) => {
    const container = await startContainer(settings);
    try {
      await use(container);
    } finally {
      await container.stop();
    }
  };
  const fixtures = {
    zookeeperContainer: [zookeeperContainer, { scope: 'file' }],
    zookeeper: async (
      { zookeeperContainer }: { readonly zookeeperContainer: ServerContainer },
      use: (value: ContainerZooKeeper) => Promise<void>,
    ) => {
      await using zookeeper = await inTreeOfItsOwn(zookeeperContainer);
      await use(zookeeper);
    },
  };
  // What the second one asks of its context, the first one puts there.
  return fixtures as unknown as ZooKeeperFixture<ContainerZooKeeper>;
}

/** The tree goes with the container. */
async function inTreeOfItsOwn(container: ServerContainer): Promise<ContainerZooKeeper> {
  const tree = `/test-${randomUuid()}`;
  await using client = await connect(`${container.host}:${container.port}`);
  await client.create(tree);
  const wire = await FaultyProxy.start([container]);
  return new ContainerZooKeeper({ image: container.image, wire, tree, release: async () => {} });
}
