/**
 * All of `docent/testing`: a ZooKeeper for your own tests in one line, in memory or in a container.
 */
export { ContainerZooKeeper } from './container-zookeeper.ts';
export { EmbeddedZooKeeper } from './embedded-zookeeper.ts';
export { ContainerUnavailableError } from './errors.ts';
export { type ZooKeeperFixture, zookeeperFixture } from './fixture.ts';
export type { ContainerZooKeeperOptions, EmbeddedZooKeeperOptions, TestZooKeeperOptions } from './options.ts';
export { startTestZooKeeper, type TestZooKeeper } from './start.ts';
