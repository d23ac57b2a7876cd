import { type CallOptions, type Client, type DeadlockMember, parentOf, validatePath } from '../../src/index.ts';
import { allPatterns, contenderOf, excludeEachOther } from '../line/line.ts';
import { type LockMember, type LockStanding, standingsBelow } from './read-locks.ts';
import { type Blocked, type Cycle, cyclesOf, lasting, type Wait } from './wait-for.ts';

/** Owners that wait for each other in a circle, for ever. The first is the one that has closed the circle: of their waiting znodes its is the youngest. */
export type Deadlock = readonly DeadlockMember[];

export interface FindDeadlocksOptions extends Omit<CallOptions, 'session'> {
  /** Gets each path that we may not look into: what is below it was passed over. */
  readonly onUnreadable?: ((path: string) => void) | undefined;
}

/**
 * All deadlocks among the owners of the locks and semaphores at `root` and below.
 *
 * An owner is who runs inside `run`, or the `owner` that was given; it is taken to give nothing back while it waits. Znodes of other libraries do not tell
 * whose they are, so that a circle that leads through one of them is not seen. Neither is one that leads outside of `root`, nor through two sessions of
 * one process. What is read is not of one moment, so it is read twice, and only what lasted counts: a deadlock that is reported is one.
 *
 * Locks below a znode that we may not look into are passed over.
 *
 * @param options bound each request, not all together
 * @throws {InvalidArgumentError}
 * @throws {NoAuthError} `root` itself may not be looked into
 */
export async function findDeadlocks(client: Client, root = '/', options: FindDeadlocksOptions = {}): Promise<readonly Deadlock[]> {
  validatePath(root, 'findDeadlocks.root');
  const { onUnreadable = () => {}, ...limits } = options;
  const passedOver = new Set<string>();
  const look = async () => waitsAmong(await standingsBelow(client, root, limits, (path) => passedOver.add(path)));
  const before = await look();
  const isAnybodyStuck = (await cyclesAmong(client, before, 1)).length > 0;
  const after = isAnybodyStuck ? await look() : [];
  for (const path of passedOver) onUnreadable(path);
  return (await cyclesAmong(client, lasting(before, after))).map((cycle) => shortened(cycle).map(memberOf));
}

/** How long others of the process have to wait for their turn, in milliseconds. */
const longestPieceMs = 20;

/** @param max how many are enough */
async function cyclesAmong(
  { clock }: Client,
  waits: readonly Wait<LockMember>[],
  max = Number.POSITIVE_INFINITY,
): Promise<readonly Cycle<LockMember>[]> {
  const cycles: Cycle<LockMember>[] = [];
  let begunMs = clock.now();
  for (const cycle of cyclesOf(waits)) {
    if (cycle !== undefined) cycles.push(cycle);
    if (cycles.length >= max) break;
    if (clock.now() - begunMs < longestPieceMs) continue;
    await new Promise<void>((resolve) => {
      clock.setTimer(0, resolve);
    });
    begunMs = clock.now();
  }
  return cycles;
}

/** Whoever waits behind others of one queue waits for the last of them that are on the way, too: those between are in no circle by that. */
function shortened(cycle: Cycle<LockMember>): Cycle<LockMember> {
  const short: Blocked<LockMember>[] = [];
  for (const step of cycle) {
    const last = short.at(-1);
    const goesOn = last !== undefined && last.blocker.path === step.waiting.path && areInEachOthersWay(last.waiting, step.blocker);
    if (goesOn) short[short.length - 1] = { waiting: last.waiting, blocker: step.blocker };
    else short.push(step);
  }
  return short;
}

function areInEachOthersWay(a: LockMember, b: LockMember): boolean {
  const [one, other] = [contenderOf(a.name, allPatterns), contenderOf(b.name, allPatterns)];
  return parentOf(a.path) === parentOf(b.path) && one !== undefined && other !== undefined && excludeEachOther(one, other);
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
