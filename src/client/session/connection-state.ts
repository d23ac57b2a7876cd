import { InternalError } from '../../errors/docent-error.ts';

/**
 * - `connecting`: no session yet, or none any more; one is being sought.
 * - `connected`: there is a session, and contact with a server.
 * - `suspended`: no contact; the session may live.
 * - `lost`: the session is over, by the server's word or by our own clock. The next is `connecting`.
 * - `closed`: by `close()`, for good.
 */
export type ConnectionState = 'connecting' | 'connected' | 'suspended' | 'lost' | 'closed';

export type ConnectionEvent = 'established' | 'disconnected' | 'over' | 'reopening' | 'closed';

// Every transition there is. What is absent is a bug and throws.
const transitions: Readonly<Record<ConnectionState, Readonly<Partial<Record<ConnectionEvent, ConnectionState>>>>> = {
  connecting: { established: 'connected', disconnected: 'connecting', over: 'connecting', closed: 'closed' },
  connected: { disconnected: 'suspended', over: 'lost', closed: 'closed' },
  suspended: { established: 'connected', disconnected: 'suspended', over: 'lost', closed: 'closed' },
  lost: { reopening: 'connecting', closed: 'closed' },
  closed: {},
};

export function nextState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  const next = transitions[state][event];
  if (next === undefined) throw new InternalError(`'${event}' cannot happen in state '${state}'`);
  return next;
}
