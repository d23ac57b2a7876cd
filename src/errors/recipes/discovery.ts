import { DocentError } from '../docent-error.ts';

/** The service was not registered within the time given. Nothing of it is left. */
export class RegisterTimeoutError extends DocentError {
  override readonly name = 'RegisterTimeoutError';
  readonly path: string;
  readonly timeoutMs: number;

  /** @param problem what was in the way, as in `session 0x1f has registered the same id` */
  constructor(path: string, timeoutMs: number, problem: string, options?: ErrorOptions) {
    super(`${path} was not registered within ${timeoutMs} ms: ${problem}. Nothing of it is left`, options);
    this.path = path;
    this.timeoutMs = timeoutMs;
  }
}

/** No instance of a service could be called within the time given. */
export class NoInstanceError extends DocentError {
  override readonly name = 'NoInstanceError';
  readonly path: string;
  readonly timeoutMs: number;

  /** @param problem why none, as in `of 3 instances, 1 disabled, 2 down, 0 not accepted` */
  constructor(path: string, timeoutMs: number, problem: string, options?: ErrorOptions) {
    super(`no instance of ${path} could be called within ${timeoutMs} ms: ${problem}`, options);
    this.path = path;
    this.timeoutMs = timeoutMs;
  }
}

/** The service provider was disposed of, which is for good. Make a new one. */
export class ProviderClosedError extends DocentError {
  override readonly name = 'ProviderClosedError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`the provider of ${path} is closed, which is for good. Make a new one`, options);
    this.path = path;
  }
}
