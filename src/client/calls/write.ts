import { NotSentError, OutcomeUnknownError } from '../../errors/operation.ts';
import { RefusedError } from '../../errors/refusal.ts';
import type { Call } from './call.ts';

/** A write that was sent and not answered. */
export interface Unanswered {
  readonly error: OutcomeUnknownError;
  /** The highest zxid that was known before it was sent; `undefined` if none was. */
  readonly zxidBefore: bigint | undefined;
}

/** What was found out: it has not been applied, so that it may be sent again. */
export const notApplied = Symbol('not applied');

/**
 * Sends a write until it is answered, and never again without knowing that it was not applied before.
 *
 * @param lookAfter finds out at the server what became of an unanswered write: its result, or `notApplied`; throws where nobody can tell
 */
export async function write<T>(
  call: Call,
  send: () => Promise<T>,
  lookAfter: (unanswered: Unanswered) => Promise<T | typeof notApplied>,
): Promise<T> {
  let doubtful: Unanswered | undefined;
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (doubtful !== undefined && error instanceof RefusedError) {
        // The earlier one may have arrived after we had looked, over a connection that we have given up, and be what is in the way of this one.
        const found = await lookAfter(doubtful);
        if (found !== notApplied) return found;
      }
      if (!(error instanceof NotSentError || error instanceof OutcomeUnknownError)) throw error;
      const { zxidBefore } = call;
      call.mayBeApplied = error instanceof OutcomeUnknownError;
      await call.backOff(error);
      if (error instanceof NotSentError) continue;
      doubtful ??= { error, zxidBefore };
      const found = await lookAfter(doubtful);
      if (found !== notApplied) return found;
      call.mayBeApplied = false;
    }
  }
}

/** Was this change made after the unanswered write had been sent? Then it may be its own. What is older was there before. */
export function isSince(zxid: bigint, { zxidBefore }: Unanswered): boolean {
  return zxidBefore === undefined || zxid > zxidBefore;
}
