import { TooManyRequestsError } from '../../errors/operation.ts';
import { RefusedError } from '../../errors/refusal.ts';
import type { Call } from './call.ts';

/** Does `body` again, as the call's retry policy says, for as long as what stands in its way may pass. */
export async function persistently<T>(call: Call, body: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await body();
    } catch (error) {
      if (!passes(error)) throw error;
      await call.backOff(error);
    }
  }
}

const passing: ReadonlySet<string> = new Set([
  'SYSTEMERROR',
  'RUNTIMEINCONSISTENCY',
  'DATAINCONSISTENCY',
  'THROTTLEDOP',
  'NOTREADONLY',
  'UNKNOWN',
]);

/** Refusals that say something about the server's or our condition at the moment, not about the request. */
function passes(error: unknown): boolean {
  return error instanceof TooManyRequestsError || (error instanceof RefusedError && passing.has(error.code));
}
