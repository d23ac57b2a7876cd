import { catchError, concatWith, defer, EMPTY, type MonoTypeOperatorFunction, throwError } from 'rxjs';
import { type Client, ClosedError, LeaseLostError, SessionLostError } from '../../src/index.ts';

/** Is this what everything comes to when the program closes its own client? */
export function isClosing(error: unknown): boolean {
  if (error instanceof LeaseLostError) return isClosing(error.cause);
  return error instanceof ClosedError || (error instanceof SessionLostError && error.reason === 'closed');
}

/** For every stream that users subscribe to: closing one's own client completes it. To subscribe on a closed client is a mistake, and an error. */
export function completeOnClose<T>(client: Client): MonoTypeOperatorFunction<T> {
  return (source$) =>
    defer(() => {
      if (client.state === 'closed') return source$;
      return source$.pipe(catchError((error: unknown) => (isClosing(error) ? EMPTY : throwError(() => error))));
    });
}

/** For a promise that waits for something in a stream of the client: that one completes when the client is closed, and the promise rejects then. */
export function orClosed<T>(operation: string): MonoTypeOperatorFunction<T> {
  return concatWith(throwError(() => new ClosedError(operation)));
}
