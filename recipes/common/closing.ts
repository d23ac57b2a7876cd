import { concatWith, type MonoTypeOperatorFunction, type Subscriber, throwError } from 'rxjs';
import { ClosedError, LeaseLostError, SessionLostError } from '../../src/index.ts';

/** Is this what everything comes to when the program closes its own client? */
export function isClosing(error: unknown): boolean {
  if (error instanceof LeaseLostError) return isClosing(error.cause);
  return error instanceof ClosedError || (error instanceof SessionLostError && error.reason === 'closed');
}

/** Ends a stream that users subscribe to: closing one's own client completes it, anything else is its error. */
export function endStream<T>(subscriber: Subscriber<T>, error: unknown): void {
  if (isClosing(error)) subscriber.complete();
  else subscriber.error(error);
}

/** For a promise that waits for something in a stream of the client: that one completes when the client is closed, and the promise rejects then. */
export function orClosed<T>(operation: string): MonoTypeOperatorFunction<T> {
  return concatWith(throwError(() => new ClosedError(operation)));
}
