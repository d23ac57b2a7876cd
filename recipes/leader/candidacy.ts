import { type Client, whenAborted } from '../../src/index.ts';
import { inAnySession } from '../common/in-any-session.ts';
import type { OnSuspended } from '../leases/basis.ts';
import type { Line } from '../line/line.ts';
import { reachFront } from '../line/place.ts';
import { Term } from './term.ts';

/** Who stands, where, and for how long. */
export interface Candidate {
  readonly client: Client;
  readonly line: Line;
  /** The znode's data. */
  readonly data: Uint8Array;
  readonly onSuspended: OnSuspended;
  /** Leaves the line when aborted. */
  readonly signal: AbortSignal;
  /** Told how many are ahead. */
  readonly onPosition: (ahead: number) => void;
  /** Does what leading is for, and resolves when that has ended: only then others may lead. `stop`: leave the line for good. */
  readonly lead: (term: Term) => Promise<'again' | 'stop'>;
}

/**
 * A desired state, reconciled until it is wanted no more: gets in line, leads when it is first, and gets in line again, in whatever session there is. A
 * place belongs to the session that made it: in the next session there is a new one, and what is found of an earlier session is never taken for ours.
 *
 * @throws the signal's reason, when aborted
 * @throws what cannot heal: no permission, refused credentials, a closed client, a path in use by another recipe; what keeps the znode of a term there
 */
export async function stand(candidate: Candidate): Promise<void> {
  const interest = new AbortController();
  const stopListening = whenAborted(candidate.signal, (reason) => interest.abort(reason));
  try {
    for (;;) {
      const term = await nextTerm({ ...candidate, signal: interest.signal });
      if ((await leadThrough(term, candidate)) === 'stop') return;
      candidate.signal.throwIfAborted();
      // We would wait behind our own znode, for ever.
      term.gone.catch((error: unknown) => interest.abort(error));
    }
  } finally {
    stopListening();
  }
}

async function nextTerm({ client, line, data, onSuspended, signal, onPosition }: Candidate): Promise<Term> {
  return await inAnySession(client, signal, async (session) => {
    const place = await reachFront(client, line, data, { session, signal, onPosition, waits: true });
    return place === undefined ? undefined : new Term(client, onSuspended, place);
  });
}

async function leadThrough(term: Term, { signal, lead }: Candidate): Promise<'again' | 'stop'> {
  const stopListening = whenAborted(signal, (reason) => term.end(reason));
  let next: 'again' | 'stop';
  try {
    next = await lead(term);
  } catch (error) {
    term.giveBack();
    // What it has failed with comes first; what keeps the znode there is on `client.errors$`.
    await term.gone.catch(() => {});
    throw error;
  } finally {
    stopListening();
  }
  term.giveBack();
  // Else the new place in line is made in the same flight.
  if (next === 'stop' || signal.aborted) await term.gone;
  return next;
}
