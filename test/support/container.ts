import { GenericContainer, Wait } from 'testcontainers';

const clientPort = 2181;

/** ZooKeeper in a container, from `ZOOKEEPER_IMAGE` or the official image. */
export async function startContainer(): Promise<{ from: string; hosts: string; stop: () => Promise<void> }> {
  const image = process.env['ZOOKEEPER_IMAGE'] ?? 'zookeeper:3.8';
  const container = await new GenericContainer(image)
    .withEnvironment({
      ZOO_4LW_COMMANDS_WHITELIST: '*',
      ZOO_TICK_TIME: '500',
      ZOO_MAX_CLIENT_CNXNS: '0',
      JVMFLAGS: '-Dzookeeper.extendedTypesEnabled=true',
    })
    .withExposedPorts(clientPort)
    .withWaitStrategy(Wait.forListeningPorts())
    .start();
  const hosts = `${container.getHost()}:${container.getMappedPort(clientPort)}`;
  return { from: `the container ${image}, ${hosts}`, hosts, stop: async () => void (await container.stop()) };
}
