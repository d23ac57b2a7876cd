import { type CallOptions, type Client, type DeadlockMember, validatePath } from '../../src/index.ts';
import { type LockMember, type LockStanding, standingsBelow } from './read-locks.ts';
import { type Blocked, cyclesOf, lasting, type Wait } from './wait-for.ts';

/** Owners that wait for each other in a circle, for ever. The first is the one that has closed the circle: of their waiting znodes its is the youngest. */
export type Deadlock = readonly DeadlockMember[];

/**
 * All deadlocks among the owners of the locks and semaphores at `root` and below.
 *
 * An owner is who runs inside `run`, or the `owner` that was given; it is taken to give nothing back while it waits. Znodes of other libraries do not tell
 * whose they are, so that a circle that leads through one of them is not seen. Neither is one that leads outside of `root`, nor through two sessions of
 * one process. What is read is not of one moment, so it is read twice, and only what lasted counts: a deadlock that is reported is one.
 *
 * @param options bound each request, not all together
 * @throws {InvalidArgumentError}
 */
export async function findDeadlocks(client: Client, root = '/', options: Omit<CallOptions, 'session'> = {}): Promise<readonly Deadlock[]> {
  validatePath(root, 'findDeadlocks.root');
  const before = waitsAmong(await standingsBelow(client, root, options));
  if (cyclesOf(before).length === 0) return [];
  const after = waitsAmong(await standingsBelow(client, root, options));
  return cyclesOf(lasting(before, after)).map((cycle) => cycle.map(memberOf));
}

function waitsAmong(standings: readonly LockStanding[]): readonly Wait<LockMember>[] {
  return standings.filter(({ behind }) => behind.length > 0).map(({ member, behind, until }) => ({ node: member, behind, until }));
}

function memberOf({ waiting, blocker }: Blocked<LockMember>): DeadlockMember {
  return {
    id: waiting.identity.id,
    owner: waiting.owner,
    sessionId: waiting.stat.ephemeralOwner,
    waitsFor: waiting.lock,
    waitingNode: waiting.path,
    blockedBy: blocker.path,
  };
}
