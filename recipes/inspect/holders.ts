import { type CallOptions, type Client, validatePath } from '../../src/index.ts';
import type { Participant } from '../line/participants.ts';
import { type LockStanding, standingsAt } from './read-locks.ts';

/** Somebody who holds a lock, a latch or a semaphore's lease, or waits for one. */
export interface Holder extends Participant {
  /** Tells owners apart: the same for all that one owner holds and waits for in one session. Undefined from other libraries. */
  readonly owner: string | undefined;
}

/**
 * Who holds the lock, latch or semaphore at `path`, and who waits, holders first, then in line order: docent's and Curator's, and the locks of
 * go-zookeeper and kazoo. Empty if nobody does. What is read is not of one moment: those who come and go meanwhile may be missing.
 *
 * @param options bound each request, not all together
 * @throws {InvalidArgumentError}
 */
export async function holders(client: Client, path: string, options: Omit<CallOptions, 'session'> = {}): Promise<readonly Holder[]> {
  validatePath(path, 'holders.path');
  return (await standingsAt(client, path, options)).map(holderOf);
}

function holderOf({ member, isShared, position, behind }: LockStanding): Holder {
  return {
    path: member.path,
    id: member.identity.id,
    owner: member.identity.ownerNumber === undefined ? undefined : member.owner,
    sessionId: member.stat.ephemeralOwner,
    sinceMs: Number(member.stat.ctime),
    position,
    holds: behind.length === 0,
    isShared,
  };
}
