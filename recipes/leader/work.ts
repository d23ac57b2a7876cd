import { type Client, LeaseLostError, never, SessionLostError, whenAborted } from '../../src/index.ts';
import type { Lease } from '../leases/lease.ts';
import type { Term } from './term.ts';

/**
 * What is done while leading. Has to end soon after `signal` aborts, since others are kept from leading until then, and so are we.
 *
 * @param signal aborts when leadership is lost or given up, or the caller's own signal does
 */
export type Work<T> = (lease: Lease, signal: AbortSignal) => Promise<T> | T;

export type Outcome<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'lost' };

/**
 * Does `work`, telling it when to stop, and awaits it however that comes. What it throws after the end of the term is its way to stop.
 *
 * @throws what `work` throws while the term lasts
 */
export async function workDuring<T>(client: Client, term: Term, work: Work<T>, signal: AbortSignal = never): Promise<Outcome<T>> {
  // It may have been lost on the way here.
  if (!term.isValid()) return { kind: 'lost' };
  const stop = new AbortController();
  const tell = (reason: unknown) => stop.abort(reason);
  const stopListening = [whenAborted(signal, tell)];
  // The run itself makes way when the work is done.
  await using lease = term.lease(() => Promise.resolve());
  stopListening.push(whenAborted(lease.signal, tell));
  try {
    const value = await work(lease, stop.signal);
    return term.isValid() ? { kind: 'done', value } : { kind: 'lost' };
  } catch (error) {
    if (term.isValid()) throw error;
    if (!isWayToStop(error, stop.signal)) client.reportError(error instanceof Error ? error : new Error('a work failed', { cause: error }));
    return { kind: 'lost' };
  } finally {
    for (const stopOne of stopListening) stopOne();
  }
}

function isWayToStop(error: unknown, signal: AbortSignal): boolean {
  if (error === signal.reason || error instanceof LeaseLostError || error instanceof SessionLostError) return true;
  return error instanceof Error && error.name === 'AbortError';
}
