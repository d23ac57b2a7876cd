import { DocentError, describeCause, undisclosed } from './docent-error.ts';

/**
 * What is known of a failed operation on the server's side.
 *
 * - `refused`: the server said no (or would have: docent checked first). Trying again gives the same answer.
 * - `not-sent`: it never left this process. Sending it again is safe.
 * - `unknown`: it was sent and no reply came. It may or may not have been applied.
 */
export type Outcome = 'refused' | 'not-sent' | 'unknown';

/** An operation on a znode failed. `outcome` says whether it may be tried again. */
export abstract class OperationError extends DocentError {
  abstract readonly outcome: Outcome;
  readonly operation: string;
  readonly path: string;

  constructor(operation: string, path: string, why: string, options?: ErrorOptions) {
    super(`${operation} ${path}: ${why}`, options);
    this.operation = operation;
    this.path = path;
  }
}

/** It never left this process; `cause` says why. Trying again is safe. */
export class NotSentError extends OperationError {
  override readonly name = 'NotSentError';
  override readonly outcome = 'not-sent';

  constructor(operation: string, path: string, cause: unknown) {
    super(operation, path, `it was not sent: ${describeCause(cause)}`, { cause });
  }
}

/** Sent, and no reply came, or the replies do not tell. Look at the znode before you try again. */
export class OutcomeUnknownError extends OperationError {
  override readonly name = 'OutcomeUnknownError';
  override readonly outcome = 'unknown';
  /** The request, as it was sent, but for credentials. */
  readonly request: unknown;

  constructor(operation: string, path: string, request: unknown, cause: unknown) {
    super(operation, path, `it may or may not have been applied (${describeCause(cause)}). Read the znode to find out`, {
      cause,
    });
    this.request = withoutCredential(request);
  }
}

/** More requests wait than `maxPendingRequests` allows. Slow down, or raise the bound. */
export class TooManyRequestsError extends OperationError {
  override readonly name = 'TooManyRequestsError';
  override readonly outcome = 'refused';
  readonly limit: number;

  constructor(operation: string, path: string, limit: number) {
    super(operation, path, `${limit} requests wait already (maxPendingRequests). Await some of them first`);
    this.limit = limit;
  }
}

/** The call's own deadline passed. `outcome` says whether the request had left by then. */
export class OperationTimeoutError extends OperationError {
  override readonly name = 'OperationTimeoutError';
  override readonly outcome: 'not-sent' | 'unknown';
  readonly timeoutMs: number;

  constructor(operation: string, path: string, timeoutMs: number, outcome: 'not-sent' | 'unknown', options?: ErrorOptions) {
    const left = outcome === 'not-sent' ? 'it was not sent' : 'it may or may not have been applied';
    super(operation, path, `no answer within ${timeoutMs} ms; ${left}`, options);
    this.timeoutMs = timeoutMs;
    this.outcome = outcome;
  }
}

/** The driver in use cannot do this. */
export class UnsupportedError extends OperationError {
  override readonly name = 'UnsupportedError';
  override readonly outcome = 'refused';
  readonly driver: string;
  readonly feature: string;

  constructor(operation: string, path: string, driver: string, feature: string) {
    super(operation, path, `the driver '${driver}' has no ${feature}`);
    this.driver = driver;
    this.feature = feature;
  }
}

/** The reply is larger than the client takes, which cuts the connection: asking again would come to the same. */
export class ReplyTooLargeError extends OperationError {
  override readonly name = 'ReplyTooLargeError';
  override readonly outcome = 'refused';
  readonly sizeBytes: number;
  readonly limitBytes: number;

  constructor(operation: string, path: string, sizeBytes: number, limitBytes: number) {
    super(
      operation,
      path,
      `the reply takes ${sizeBytes} bytes and the limit is ${limitBytes} (maxReplyBytes). Raise that, or have less data, or fewer children, there`,
    );
    this.sizeBytes = sizeBytes;
    this.limitBytes = limitBytes;
  }
}

/** The request would be larger than the server accepts, which would cut the connection. It was not sent. */
export class RequestTooLargeError extends OperationError {
  override readonly name = 'RequestTooLargeError';
  override readonly outcome = 'refused';
  readonly sizeBytes: number;
  readonly limitBytes: number;

  constructor(operation: string, path: string, sizeBytes: number, limitBytes: number) {
    super(
      operation,
      path,
      `the request takes ${sizeBytes} bytes and the limit is ${limitBytes} (maxRequestBytes; the server's jute.maxbuffer). Store less, or raise both`,
    );
    this.sizeBytes = sizeBytes;
    this.limitBytes = limitBytes;
  }
}

function withoutCredential(request: unknown): unknown {
  if (typeof request !== 'object' || request === null || !('credential' in request)) return request;
  return { ...request, credential: undisclosed };
}
