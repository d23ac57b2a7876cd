import { InternalError } from '../../errors/docent-error.ts';

/**
 * Where a session stands with its servers.
 *
 * - `waiting`: no connection; the next try begins when the backoff is over
 * - `dialing`: a connection is being opened
 * - `handshaking`: it is open, and the server has been asked for the session
 * - `authenticating`: it has taken the session, and SASL comes before all else
 * - `attached`: the server serves the session
 * - `leaving`: the server has been asked to close the session
 * - `over`: nothing happens any more
 */
export type SessionState = 'waiting' | 'dialing' | 'handshaking' | 'authenticating' | 'attached' | 'leaving' | 'over';

export type SessionEvent = 'dial' | 'opened' | 'challenged' | 'accepted' | 'left' | 'broken' | 'ended';

/** Every transition there is. What is absent is a bug and throws; nothing is ignored by default. */
const transitions: Readonly<Record<SessionState, Readonly<Partial<Record<SessionEvent, SessionState>>>>> = {
  waiting: { dial: 'dialing', ended: 'over' },
  dialing: { opened: 'handshaking', broken: 'waiting', ended: 'over' },
  handshaking: { challenged: 'authenticating', accepted: 'attached', broken: 'waiting', ended: 'over' },
  authenticating: { accepted: 'attached', broken: 'waiting', ended: 'over' },
  attached: { left: 'leaving', broken: 'waiting', ended: 'over' },
  leaving: { broken: 'waiting', ended: 'over' },
  over: {},
};

/** @throws {InternalError} that event cannot happen in that state */
export function nextState(state: SessionState, event: SessionEvent): SessionState {
  const next = transitions[state][event];
  if (next === undefined) throw new InternalError(`session event '${event}' cannot happen in state '${state}'`);
  return next;
}
