import type { Session } from '../session/session.ts';

/** Bounds of one call. Everything in it is bound by them: connecting, retries, finding out what became of a request. */
export interface CallOptions {
  /** Milliseconds. Default: `operationTimeoutMs` of the client. Rejects with `OperationTimeoutError`. */
  readonly timeoutMs?: number | undefined;
  /** Rejects with the signal's reason when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Only in this session: rejects with its `SessionLostError` once it is over, instead of going on in the next. */
  readonly session?: Session | undefined;
}
