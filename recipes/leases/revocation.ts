import { catchError, EMPTY, filter, map, type Observable, take, takeWhile, throwError } from 'rxjs';
import { type Client, ClosedError, InvalidArgumentError, NoNodeError, parentOf, validatePath } from '../../src/index.ts';

/** What whoever wants a lock back writes into its holder's znode. */
const revocation = Buffer.from('__REVOKE__');

/**
 * Emits, once, when somebody has asked for what the znode stands for; completes when the znode is gone, or goes with the client.
 *
 * @see Curator `Revoker.attemptRevoke` and `InterProcessMutex.makeRevocable`
 */
export function revocationOf(client: Client, path: string): Observable<void> {
  return client.data$(path).pipe(
    takeWhile((node) => node !== null),
    filter(({ data }) => revocation.equals(data)),
    map(() => undefined),
    take(1),
    catchError((error: unknown) => (error instanceof ClosedError ? EMPTY : throwError(() => error))),
  );
}

/**
 * Asks for what the znode stands for.
 *
 * @returns false if it has gone meanwhile
 * @throws {InvalidArgumentError} it is not below `directory`
 */
export async function askBack(client: Client, directory: string, participant: string): Promise<boolean> {
  validatePath(participant, 'revoke.participant');
  if (parentOf(participant) !== directory) throw new InvalidArgumentError('revoke.participant', participant, `must be below ${directory}`);
  try {
    await client.set(participant, revocation);
    return true;
  } catch (error) {
    if (error instanceof NoNodeError) return false;
    throw error;
  }
}
