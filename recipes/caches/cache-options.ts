import { z } from 'zod';
import { type Codec, parseOptions } from '../../src/index.ts';
import { codecOption } from '../common/codec-option.ts';

export interface CacheOptions<T> {
  /** How values stand in the znodes. Default: `bytes`. With `noData`, data are not even read; with `gzip(…)`, they are inflated. */
  readonly codec?: Codec<T> | undefined;
  /** How many znodes it may hold before it fails with `CacheLimitError`. Default: 1,000,000. */
  readonly maxNodes?: number | undefined;
  /** How many bytes of data and paths it may hold before it fails with `CacheLimitError`. Default: 256 MiB. */
  readonly maxBytes?: number | undefined;
}

export interface TreeCacheOptions<T> extends CacheOptions<T> {
  /** How far below the root it reaches: 0 is the root alone, 1 its children too. Default: all of the tree. */
  readonly maxDepth?: number | undefined;
  /**
   * Of a path below the root, whether it is cached; if not, nothing below it is either. It must always say the same of the same path. It is asked about every
   * znode that comes into sight; one that throws fails the cache. Default: all are.
   */
  readonly accept?: ((path: string) => boolean) | undefined;
}

/** What a cache may hold. */
export interface CacheLimits {
  readonly maxNodes: number;
  readonly maxBytes: number;
}

const positiveInteger = z.int('must be an integer').positive('must be greater than 0');

const accept = z.custom<(path: string) => boolean>((value) => typeof value === 'function', 'must be a function');

const cacheFields = {
  codec: codecOption<unknown>().optional(),
  maxNodes: positiveInteger.default(1_000_000),
  maxBytes: positiveInteger.default(256 * 1024 * 1024),
};

const cacheOptions = z.strictObject(cacheFields);

const treeCacheOptions = z.strictObject({
  ...cacheFields,
  maxDepth: z.int('must be an integer').nonnegative('must not be negative').default(Number.MAX_SAFE_INTEGER),
  accept: accept.default(() => () => true),
});

/** @throws {InvalidArgumentError} */
export function parseTreeCacheOptions(options: unknown): z.output<typeof treeCacheOptions> {
  return parseOptions(treeCacheOptions, options, 'TreeCache.options');
}

/**
 * For the caches that are trees of their own kind.
 *
 * @throws {InvalidArgumentError}
 */
export function validateCacheOptions(options: unknown, what: string): void {
  parseOptions(cacheOptions, options, `${what}.options`);
}
