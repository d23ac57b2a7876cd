import { TooManyRequestsError } from './operation.ts';
import { RefusedError, TransactionFailedError } from './refusal.ts';

/** What a server refuses because of its own condition, or of ours, at the moment. */
const transientCodes: ReadonlySet<string> = new Set([
  'SYSTEMERROR',
  'RUNTIMEINCONSISTENCY',
  'DATAINCONSISTENCY',
  'THROTTLEDOP',
  'NOTREADONLY',
  'UNKNOWN',
]);

/** The server has turned the request away unread, since it has too much to do: it was certainly not applied, and may be sent again, whatever it is. */
export function isOverload(error: unknown): boolean {
  if (error instanceof TransactionFailedError) return isOverload(error.cause);
  return error instanceof RefusedError && error.code === 'THROTTLEDOP';
}

/**
 * The one rule for refusals that heal: the request is sound, and the same request may succeed later. Whoever works without a caller who waits for the
 * answer (watches, streams, terms, places in line, background deletes) tries again after one of these; none of them means that a znode is gone.
 *
 * What breaks off with a connection or a session is another matter: see `NotSentError`, `OutcomeUnknownError` and `SessionLostError`.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof TransactionFailedError) return isTransient(error.cause);
  return error instanceof TooManyRequestsError || (error instanceof RefusedError && transientCodes.has(error.code));
}
