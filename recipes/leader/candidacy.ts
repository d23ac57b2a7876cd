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
 * @throws what cannot heal: no permission, refused credentials, a closed client, a path in use by another recipe
 */
export async function stand(candidate: Candidate): Promise<void> {
  for (;;) {
    const term = await nextTerm(candidate);
    if ((await leadThrough(term, candidate)) === 'stop') return;
    candidate.signal.throwIfAborted();
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
  let next: 'again' | 'stop' = 'stop';
  let gone: Promise<void> | undefined;
  try {
    next = await lead(term);
  } finally {
    stopListening();
    gone = term.giveBack();
    // Else the new place in line is made in the same flight.
    if (next === 'stop' || signal.aborted) await gone;
  }
  return next;
}
