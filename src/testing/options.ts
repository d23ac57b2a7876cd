import { z } from 'zod';
import type { EmbeddedServerOptions } from '../embedded/index.ts';
import { InvalidArgumentError, parseOptions, positiveMs } from '../index.ts';

/** A ZooKeeper in memory, in this process: up in a millisecond, with faults at will. */
export interface EmbeddedZooKeeperOptions extends EmbeddedServerOptions {
  readonly kind?: 'embedded';
}

/** A real ZooKeeper in a container, by way of the library `testcontainers` and a Docker engine. */
export interface ContainerZooKeeperOptions {
  readonly kind: 'container';
  /** Default: the environment's `ZOOKEEPER_IMAGE`, or the official `zookeeper:3.9`. Of others it is asked that they read the official one's variables. */
  readonly image?: string | undefined;
  /** Shortest session timeout granted, in milliseconds; default 4,000, as ZooKeeper with its usual tick. The server's tick is half of it. */
  readonly minSessionTimeoutMs?: number | undefined;
  /** Longest session timeout granted, in milliseconds; default 40,000. */
  readonly maxSessionTimeoutMs?: number | undefined;
  /** Further variables of the image's environment, e.g. `{ ZOO_AUTOPURGE_PURGEINTERVAL: '1' }`; they win over those that docent sets. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** How long the container may take until it serves, in milliseconds, once its image is there; default 60,000. */
  readonly startTimeoutMs?: number | undefined;
}

/** Which ZooKeeper to start. */
export type TestZooKeeperOptions = EmbeddedZooKeeperOptions | ContainerZooKeeperOptions;

export interface ContainerSettings {
  readonly image: string;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly startTimeoutMs: number;
}

const officialImage = 'zookeeper:3.9';

const text = z.string('must be a string').min(1, 'must not be empty');
const schema = z.strictObject({
  kind: z.literal('container'),
  image: text.optional(),
  // The tick is half of it, and a whole number of milliseconds.
  minSessionTimeoutMs: positiveMs.min(2, 'must be at least 2 ms').default(4_000),
  maxSessionTimeoutMs: positiveMs.default(40_000),
  environment: z.record(text, z.string('must be a string'), 'must be an object of strings').default({}),
  startTimeoutMs: positiveMs.default(60_000),
});

/** @throws {InvalidArgumentError} naming the option */
export function readContainerOptions(options: ContainerZooKeeperOptions): ContainerSettings {
  const { image, environment, startTimeoutMs, ...timeouts } = parseOptions(schema, options, 'startTestZooKeeper');
  const named = process.env['ZOOKEEPER_IMAGE'];
  return {
    image: image ?? (named === undefined || named === '' ? officialImage : named),
    minSessionTimeoutMs: Math.ceil(timeouts.minSessionTimeoutMs),
    maxSessionTimeoutMs: Math.ceil(timeouts.maxSessionTimeoutMs),
    environment,
    startTimeoutMs,
  };
}

/** @throws {InvalidArgumentError} there is no such kind */
export function isContainer(options: TestZooKeeperOptions): options is ContainerZooKeeperOptions {
  if (options.kind === 'container') return true;
  if (options.kind === undefined || options.kind === 'embedded') return false;
  throw new InvalidArgumentError('startTestZooKeeper.kind', options.kind, "must be 'embedded' or 'container'");
}
