import { filter, map, type Observable, take, takeWhile } from 'rxjs';
import type { Client } from '../src/index.ts';

/** What whoever wants a lock back writes into its holder's znode. */
const revocation = Buffer.from('__REVOKE__');

/**
 * Emits, once, when somebody has asked for what the znode stands for; completes when the znode is gone.
 *
 * @see Curator `Revoker.attemptRevoke` and `InterProcessMutex.makeRevocable`
 */
export function revocationOf(client: Client, path: string): Observable<void> {
  return client.data$(path).pipe(
    takeWhile((node) => node !== null),
    filter(({ data }) => revocation.equals(data)),
    map(() => undefined),
    take(1),
  );
}
