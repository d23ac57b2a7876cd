import { DocentError } from '../docent-error.ts';

/** A cache was closed, which is for good. Make a new one. */
export class CacheClosedError extends DocentError {
  override readonly name = 'CacheClosedError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`the cache of ${path} is closed, which is for good. Make a new one`, options);
    this.path = path;
  }
}

/** A cache did not have all that it was to have within the time given. It goes on reading: wait for it again. */
export class CacheNotReadyError extends DocentError {
  override readonly name = 'CacheNotReadyError';
  readonly path: string;
  readonly timeoutMs: number;

  constructor(path: string, timeoutMs: number, options?: ErrorOptions) {
    super(`the picture of ${path} was not whole within ${timeoutMs} ms. It goes on being read: wait for it again`, options);
    this.path = path;
    this.timeoutMs = timeoutMs;
  }
}

/** What a cache is to show outgrew its limits. A part of it would be taken for all, so it has let go of everything. */
export class CacheLimitError extends DocentError {
  override readonly name = 'CacheLimitError';
  readonly path: string;
  /** Which option it is. */
  readonly option: 'maxNodes' | 'maxBytes';
  readonly limit: number;

  constructor(path: string, option: 'maxNodes' | 'maxBytes', limit: number, options?: ErrorOptions) {
    const what = option === 'maxNodes' ? 'znodes' : 'bytes of data and paths';
    super(`${path} has more than ${limit} ${what}. Cache less of it (accept, maxDepth, noData), or raise ${option}`, options);
    this.path = path;
    this.option = option;
    this.limit = limit;
  }
}
