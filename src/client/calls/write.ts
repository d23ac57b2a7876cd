import { NotSentError, OperationError, OutcomeUnknownError } from '../../errors/operation.ts';
import type { Call } from './call.ts';

/** A write that was sent and not answered. */
export interface Unanswered {
  readonly error: OutcomeUnknownError;
  /** The highest zxid that was known before it was sent; `undefined` if none was. */
  readonly zxidBefore: bigint | undefined;
}

/** What the server shows of an unanswered write. `not-applied` alone lets it be sent again. */
export type Evidence<T> =
  | { readonly kind: 'applied'; readonly result: T }
  /** It is not ours that stands there, and ours would be refused because of it. */
  | { readonly kind: 'refused'; readonly error: OperationError }
  | { readonly kind: 'not-applied' }
  /** Nobody can tell. */
  | { readonly kind: 'unknown' };

/** What has become of a write, for good: it is sent no more. */
export type WriteOutcome<T> =
  | { readonly kind: 'applied'; readonly result: T }
  | { readonly kind: 'refused'; readonly error: OperationError }
  /** It came to nothing, since the call is over or nothing can be sent. */
  | { readonly kind: 'not-applied'; readonly error: unknown }
  /** It may or may not have been applied, or may still be. */
  | { readonly kind: 'unknown'; readonly error: unknown };

export const notApplied = { kind: 'not-applied' } as const;
export const unknown = { kind: 'unknown' } as const;

/**
 * Sends a write until it is known what has become of it. This is the one place that decides whether a write is sent again: what was never sent is, what
 * was turned away for having come at a bad time is, and what was not answered is if `lookAfter` has found that it was not applied.
 *
 * @param lookAfter finds out at the server what became of an unanswered write
 */
export async function write<T>(
  call: Call,
  send: () => Promise<T>,
  lookAfter: (unanswered: Unanswered) => Promise<Evidence<T>>,
): Promise<WriteOutcome<T>> {
  /** The first that was not answered: whatever came of a later one is younger than it, too. */
  let unanswered: Unanswered | undefined;
  for (;;) {
    const { retries } = call;
    const answer = await answerTo(send);
    if (answer.kind === 'applied') return answer;
    if (answer.kind === 'refused' && !call.waitsOut(answer.error)) {
      // The earlier one may have arrived after we had looked, over a connection that we have given up, and be what is in the way of this one.
      const evidence = unanswered === undefined ? notApplied : await evidenceOf(unanswered, lookAfter);
      return settledBy(evidence, unanswered?.error) ?? answer;
    }
    if (answer.kind === 'unknown') unanswered ??= { error: answer.error, zxidBefore: call.zxidBefore };
    const end = await failureOf(call.backOff(answer.error, retries));
    if (end !== undefined) return answer.kind === 'refused' ? answer : { kind: answer.kind, error: end.error };
    if (answer.kind !== 'unknown' || unanswered === undefined) continue;
    const settled = settledBy(await evidenceOf(unanswered, lookAfter), unanswered.error);
    if (settled !== undefined) return settled;
  }
}

/** The result of a write that was applied; else throws what says what has become of it. */
export function resultOf<T>(outcome: WriteOutcome<T>): T {
  switch (outcome.kind) {
    case 'applied':
      return outcome.result;
    case 'refused':
    case 'not-applied':
    case 'unknown':
      throw outcome.error;
  }
}

/** Was this change made after the unanswered write had been sent? Then it may be its own. What is older was there before. */
export function isSince(zxid: bigint, { zxidBefore }: Unanswered): boolean {
  return zxidBefore === undefined || zxid > zxidBefore;
}

type Answer<T> =
  | { readonly kind: 'applied'; readonly result: T }
  | { readonly kind: 'refused'; readonly error: OperationError }
  | { readonly kind: 'not-applied'; readonly error: NotSentError }
  | { readonly kind: 'unknown'; readonly error: OutcomeUnknownError };

/** @throws what is no answer: the caller's mistake, or ours */
async function answerTo<T>(send: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: 'applied', result: await send() };
  } catch (error) {
    if (error instanceof NotSentError) return { kind: 'not-applied', error };
    if (error instanceof OutcomeUnknownError) return { kind: 'unknown', error };
    if (error instanceof OperationError) return { kind: 'refused', error };
    throw error;
  }
}

/** Whoever cannot look cannot tell, whatever kept him from it: the end of the call, an ACL that does not let us read. */
async function evidenceOf<T>(unanswered: Unanswered, lookAfter: (unanswered: Unanswered) => Promise<Evidence<T>>): Promise<Evidence<T>> {
  try {
    return await lookAfter(unanswered);
  } catch (error) {
    if (error instanceof OperationError) return unknown;
    throw error;
  }
}

function settledBy<T>(evidence: Evidence<T>, error: OutcomeUnknownError | undefined): WriteOutcome<T> | undefined {
  if (evidence.kind === 'not-applied') return undefined;
  return evidence.kind === 'unknown' ? { kind: 'unknown', error } : evidence;
}

async function failureOf(work: Promise<void>): Promise<{ readonly error: unknown } | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return { error };
  }
}
