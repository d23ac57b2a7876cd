import {
  type Client,
  ConnectTimeoutError,
  isTransient,
  NoNodeError,
  NotSentError,
  OperationTimeoutError,
  OutcomeUnknownError,
  RefusedError,
  type Session,
  SessionLostError,
} from '../../src/index.ts';
import { pause } from './while-it-heals.ts';

/**
 * For a desired state, which is wanted whatever happens: does `attempt` in whatever session there is, and again after what heals, until it resolves with
 * something. Undefined is for "look again", at once.
 *
 * @throws the signal's reason, when aborted
 * @throws what cannot heal: no permission, refused credentials, a closed client
 */
export async function inAnySession<T>(
  client: Client,
  signal: AbortSignal,
  attempt: (session: Session) => Promise<T | undefined>,
): Promise<T> {
  let failures = 0;
  for (;;) {
    try {
      const session = client.session ?? (await client.connected({ signal }));
      const result = await attempt(session);
      if (result !== undefined) return result;
      failures = 0;
    } catch (error) {
      signal.throwIfAborted();
      if (!heals(error)) throw error;
      failures += 1;
      await pause(client, failures, signal);
    }
    signal.throwIfAborted();
  }
}

const passing = [
  SessionLostError,
  ConnectTimeoutError,
  OperationTimeoutError,
  NotSentError,
  OutcomeUnknownError,
  // Somebody wiped the path while we were at it.
  NoNodeError,
] as const;

function heals(error: unknown): boolean {
  if (isTransient(error) || passing.some((type) => error instanceof type)) return true;
  // An operator may raise the quota, and what is wanted here is wanted until then.
  return error instanceof RefusedError && error.code === 'QUOTAEXCEEDED';
}
