import { DocentError } from '../docent-error.ts';

/** The counter would leave its range. Nothing was changed. */
export class CounterOverflowError extends DocentError {
  override readonly name = 'CounterOverflowError';
  readonly path: string;
  /** What it would have become, or has become by another's hand. */
  readonly value: bigint;

  /** @param range what the counter can be, as in `a 64-bit integer` */
  constructor(path: string, value: bigint, range: string, options?: ErrorOptions) {
    super(`${path}: ${value} is not ${range}`, options);
    this.path = path;
    this.value = value;
  }
}

/** Others were faster each time, and the retry policy says to stop. Nothing was changed. Try later, or give the counter a `lock`. */
export class ContentionError extends DocentError {
  override readonly name = 'ContentionError';
  readonly path: string;
  readonly attempts: number;

  constructor(path: string, attempts: number, options?: ErrorOptions) {
    super(`${path} was changed by others before each of ${attempts} attempts. Try later, or give the counter a lock`, options);
    this.path = path;
    this.attempts = attempts;
  }
}

/**
 * The znode was deleted and made anew, and had been changed as often as the one that was known: the server took the write for one on top of that. What had become
 * of it meanwhile is lost. Set a counter to 0 instead of deleting it.
 */
export class ZnodeReplacedError extends DocentError {
  override readonly name = 'ZnodeReplacedError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(
      `${path} was deleted and made anew by somebody, whose value is overwritten. Set it right, and do not delete what is in use`,
      options,
    );
    this.path = path;
  }
}

/** After four billion changes the znode's version is -1, which servers take for "any": nobody can make a change that depends on it. Store it once without condition. */
export class VersionExhaustedError extends DocentError {
  override readonly name = 'VersionExhaustedError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(
      `${path} has version -1, which servers take for any version. While nobody else changes it, store its value once without condition`,
      options,
    );
    this.path = path;
  }
}
