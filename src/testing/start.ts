import { FaultyProxy, startEmbeddedServer } from '../embedded/index.ts';
import { startContainer } from './container.ts';
import { ContainerZooKeeper } from './container-zookeeper.ts';
import { EmbeddedZooKeeper } from './embedded-zookeeper.ts';
import {
  type ContainerZooKeeperOptions,
  type EmbeddedZooKeeperOptions,
  isContainer,
  readContainerOptions,
  type TestZooKeeperOptions,
} from './options.ts';

/** What every ZooKeeper for tests has: `hosts`, `expireSession`, `close`. Its `kind` tells what else. */
export type TestZooKeeper = EmbeddedZooKeeper | ContainerZooKeeper;

/**
 * Starts a ZooKeeper of one node for a test, which is gone when it is closed: `await using zookeeper = await startTestZooKeeper()`.
 *
 * @param options `{ kind: 'container' }` for a real one; default: one in memory
 * @throws {InvalidArgumentError} naming the option that breaks a rule
 * @throws {ContainerUnavailableError} a container was asked for, and there is no library, no Docker engine, or no image
 */
export function startTestZooKeeper(options?: EmbeddedZooKeeperOptions): Promise<EmbeddedZooKeeper>;
export function startTestZooKeeper(options: ContainerZooKeeperOptions): Promise<ContainerZooKeeper>;
export function startTestZooKeeper(options: TestZooKeeperOptions): Promise<TestZooKeeper>;
export async function startTestZooKeeper(options: TestZooKeeperOptions = {}): Promise<TestZooKeeper> {
  if (!isContainer(options)) {
    const { kind, ...rest } = options;
    return new EmbeddedZooKeeper(await startEmbeddedServer(rest));
  }
  const container = await startContainer(readContainerOptions(options));
  const wire = await FaultyProxy.start([container]);
  return new ContainerZooKeeper({ image: container.image, wire, tree: '', release: () => container.stop() });
}
