import { z } from 'zod';
import { type Clock, systemClock } from '../clock.ts';
import { type Logger, silentLogger } from '../log.ts';
import { parseOptions, positiveMs } from '../options.ts';

export interface EmbeddedServerOptions {
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Decides when sessions expire and what time znodes bear; default: the system's. */
  readonly clock?: Clock;
  /** Shortest session timeout granted, in milliseconds; default 4,000, as ZooKeeper with its usual tick. */
  readonly minSessionTimeoutMs?: number;
  /** Longest session timeout granted, in milliseconds; default 40,000. */
  readonly maxSessionTimeoutMs?: number;
  /** Larger requests close the connection, as with ZooKeeper's `jute.maxbuffer`; default 1 MiB less one byte. */
  readonly maxRequestBytes?: number;
  /** How often the server looks for empty containers and for znodes whose time to live has passed, in milliseconds; default 60,000. */
  readonly reaperIntervalMs?: number;
  /** Default: silent. */
  readonly logger?: Logger;
}

export type EmbeddedServerSettings = Required<EmbeddedServerOptions>;

// ZooKeeper's defaults: tickTime 2000, minSessionTimeout 2 ticks, maxSessionTimeout 20; znode.container.checkIntervalMs; jute.maxbuffer.
const tickMs = 2_000;

const schema = z.strictObject({
  host: z.string('must be a string').min(1, 'must not be empty').default('127.0.0.1'),
  port: z.int('must be a whole number').min(0, 'must not be negative').max(65_535, 'must be at most 65535').default(0),
  clock: z.custom<Clock>((value) => isObjectWith(value, 'setTimer'), 'must be a Clock').default(systemClock),
  minSessionTimeoutMs: positiveMs.default(2 * tickMs),
  maxSessionTimeoutMs: positiveMs.default(20 * tickMs),
  maxRequestBytes: z.int('must be a whole number of bytes').positive('must be greater than 0 bytes').default(1_048_575),
  reaperIntervalMs: positiveMs.default(60_000),
  logger: z.custom<Logger>((value) => isObjectWith(value, 'warn'), 'must be a Logger').default(silentLogger),
});

/** @throws {InvalidArgumentError} naming the option */
export function readOptions(options: EmbeddedServerOptions): EmbeddedServerSettings {
  return parseOptions(schema, options, 'startEmbeddedServer');
}

function isObjectWith(value: unknown, method: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function';
}
