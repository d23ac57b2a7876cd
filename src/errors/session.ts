import { DocentError } from './docent-error.ts';

/** Why a session is over. `unusable`: it never began, since the driver cannot work here or not with these options. */
export type SessionEnd = 'expired' | 'out-of-contact' | 'auth-failed' | 'unusable' | 'closed';

const sessionEnds: Readonly<Record<SessionEnd, string>> = {
  expired: 'the server says that it has expired',
  'out-of-contact': 'no server answered in time, so it may have expired (by our own clock)',
  'auth-failed': 'the server refused its credentials',
  unusable: 'its driver cannot be used',
  closed: 'it was closed',
};

/**
 * The session is over, and with it every ephemeral znode, lease and place in line that it owned.
 * What was bound to it is not carried to the next session: begin again.
 */
export class SessionLostError extends DocentError {
  override readonly name = 'SessionLostError';
  readonly sessionId: bigint;
  readonly reason: SessionEnd;

  constructor(sessionId: bigint, reason: SessionEnd, options?: ErrorOptions) {
    super(`session 0x${sessionId.toString(16)} is over: ${sessionEnds[reason]}`, options);
    this.sessionId = sessionId;
    this.reason = reason;
  }
}

/** There is no contact with a server; the session may still live. Reason of a signal under `onSuspended: 'abort'`. */
export class SessionSuspendedError extends DocentError {
  override readonly name = 'SessionSuspendedError';

  constructor(options?: ErrorOptions) {
    super('contact with the server is lost; the session may or may not survive', options);
  }
}
