import { connect } from '../index.ts';
import { ContainerUnavailableError } from './errors.ts';
import type { ContainerSettings } from './options.ts';

/** A server in a container, at its published port. */
export interface ServerContainer {
  readonly image: string;
  readonly host: string;
  readonly port: number;
  /** Ends and removes it. Idempotent. */
  stop(): Promise<void>;
}

const clientPort = 2181;

/**
 * Starts a ZooKeeper of one node and waits until it serves.
 *
 * @throws {ContainerUnavailableError}
 */
export async function startContainer(settings: ContainerSettings): Promise<ServerContainer> {
  const container = await start(settings);
  try {
    // Its port is open before it serves.
    await using client = await connect(`${container.host}:${container.port}`, { connectTimeoutMs: settings.startTimeoutMs });
    await client.exists('/');
    return container;
  } catch (cause) {
    await container.stop();
    const problem = `its container does not serve within ${settings.startTimeoutMs} ms`;
    throw new ContainerUnavailableError(problem, { image: settings.image, cause });
  }
}

async function start(settings: ContainerSettings): Promise<ServerContainer> {
  const { image, startTimeoutMs } = settings;
  const { GenericContainer } = await library(image);
  try {
    const container = await new GenericContainer(image)
      .withEnvironment(environment(settings))
      .withExposedPorts(clientPort)
      .withStartupTimeout(startTimeoutMs)
      .start();
    let stopped: Promise<unknown> | undefined;
    const stop = async () => {
      stopped ??= container.stop();
      await stopped;
    };
    return { image, host: container.getHost(), port: container.getMappedPort(clientPort), stop };
  } catch (cause) {
    throw new ContainerUnavailableError('it does not start. Does a Docker engine answer, and can it get the image?', { image, cause });
  }
}

/** Loaded when it is asked for: it takes its time, and need not be installed. */
async function library(image: string): Promise<typeof import('testcontainers')> {
  try {
    return await import('testcontainers');
  } catch (cause) {
    const problem = "the npm package 'testcontainers' does not load. Run `npm install --save-dev testcontainers`";
    throw new ContainerUnavailableError(problem, { image, cause });
  }
}

/** What the official image makes its configuration of. */
function environment({ minSessionTimeoutMs, maxSessionTimeoutMs, environment }: ContainerSettings): Record<string, string> {
  return {
    ZOO_TICK_TIME: String(Math.ceil(minSessionTimeoutMs / 2)),
    ZOO_MAX_CLIENT_CNXNS: '0',
    ZOO_4LW_COMMANDS_WHITELIST: '*',
    ZOO_CFG_EXTRA: `minSessionTimeout=${minSessionTimeoutMs} maxSessionTimeout=${maxSessionTimeoutMs}`,
    // For znodes with a time to live; a system property only.
    JVMFLAGS: '-Dzookeeper.extendedTypesEnabled=true',
    ...environment,
  };
}
