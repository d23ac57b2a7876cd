import { type CallOptions, type Client, joinPath, NoAuthError, type Stat } from '../../src/index.ts';
import { childrenOf } from '../common/unless-gone.ts';
import { type Identity, identityOf } from '../line/identity.ts';
import { allPatterns, contenderOf } from '../line/line.ts';
import { readNodes } from '../line/read-nodes.ts';
import { standingsOf } from '../line/standing.ts';
import { leasePatterns } from '../locks/admission.ts';
import type { LockNode } from './wait-for.ts';

/** A znode of a lock as it was read. */
export interface LockMember extends LockNode {
  readonly name: string;
  /** Path of the lock, the semaphore or the latch that it is of. */
  readonly lock: string;
  readonly identity: Identity;
  readonly stat: Stat;
}

/** What a znode of a lock waits for. */
export interface LockStanding {
  readonly member: LockMember;
  /** Holds beside others: a reader, or one of a semaphore. */
  readonly isShared: boolean;
  /** How many in line are ahead of it. */
  readonly position: number;
  /** Who has to go before it holds, the nearest of them: they wait for the others themselves. Empty: it holds. */
  readonly behind: readonly LockMember[];
  readonly until: 'all-go' | 'any-goes';
}

/** Who holds and who waits at `path`, holders first, then in line order: a lock, a latch or a semaphore, docent's or another library's. */
export async function standingsAt(client: Client, path: string, limits: Limits): Promise<readonly LockStanding[]> {
  const names = await childrenOf(client, path, limits);
  return names.includes('leases') ? await ofSemaphore(client, path, limits) : await ofLine(client, path, names, limits);
}

/**
 * The same for `root` and all below it. What changes while it is read may be seen as it was before, or as it was after that. What we may not look into is
 * passed over, but for `root` itself.
 *
 * @param passOver gets what was not looked into
 */
export async function standingsBelow(
  client: Client,
  root: string,
  limits: Limits,
  passOver: (path: string) => void,
): Promise<readonly LockStanding[]> {
  const found: LockStanding[] = [];
  for (let level: readonly string[] = [root]; level.length > 0; ) {
    const deeper: string[] = [];
    // As many at a time as leave room for what others ask, however wide the tree is.
    for (let at = 0; at < level.length; at += atOnce) {
      const looks = level.slice(at, at + atOnce).map(async (path) => {
        const below = await lookAt(client, path, limits).catch((error: unknown) => {
          if (path === root || !(error instanceof NoAuthError)) throw error;
          passOver(path);
        });
        for (const standing of below?.standings ?? []) found.push(standing);
        for (const name of below?.deeper ?? []) deeper.push(joinPath(path, name));
      });
      await Promise.all(looks);
    }
    level = deeper;
  }
  return found;
}

const atOnce = 16;

interface Look {
  readonly standings: readonly LockStanding[];
  /** Names of children that may have locks below them. */
  readonly deeper: readonly string[];
}

async function lookAt(client: Client, path: string, limits: Limits): Promise<Look> {
  const names = await childrenOf(client, path, limits);
  const isSemaphore = names.includes('leases');
  const deeper = names.filter((name) => !isContender(name) && !(isSemaphore && semaphoreParts.includes(name)));
  return { standings: isSemaphore ? await ofSemaphore(client, path, limits) : await ofLine(client, path, names, limits), deeper };
}

type Limits = Pick<CallOptions, 'signal' | 'timeoutMs'>;

interface Where {
  readonly lock: string;
  readonly directory: string;
}

const semaphoreParts = ['leases', 'locks'];

function isContender(name: string): boolean {
  return contenderOf(name, allPatterns) !== undefined;
}

async function ofLine(client: Client, path: string, names: readonly string[], limits: Limits): Promise<readonly LockStanding[]> {
  const members = await read(client, { lock: path, directory: path }, names.filter(isContender), limits);
  return standingsOf(members).map(({ node, isShared, position, nearest }) => ({
    member: node,
    isShared,
    position,
    behind: nearest,
    until: 'all-go',
  }));
}

/**
 * Whoever is first in line may have made its leases already, which wait with it: they are told by their owner and their age. Of other libraries, which
 * tell no owner, leases that others of the same session have got since are taken for waiting ones, too.
 */
async function ofSemaphore(client: Client, path: string, limits: Limits): Promise<readonly LockStanding[]> {
  const [leasesAt, lineAt] = [joinPath(path, 'leases'), joinPath(path, 'locks')];
  const [leaseNames, namesInLine] = await Promise.all([childrenOf(client, leasesAt, limits), childrenOf(client, lineAt, limits)]);
  const isLease = (name: string) => contenderOf(name, leasePatterns) !== undefined;
  const [leases, inLine] = await Promise.all([
    read(client, { lock: path, directory: leasesAt }, leaseNames.filter(isLease), limits),
    read(client, { lock: path, directory: lineAt }, namesInLine.filter(isContender), limits),
  ]);
  const line = standingsOf(inLine);
  const front = line[0]?.node;
  const held = leases.filter((lease) => front === undefined || !isOfWaiter(lease, front)).sort(byAge);
  const holding = held.map((member) => ({ member, isShared: true, position: 0, behind: [], until: 'all-go' as const }));
  const waiting = line.map(({ node, nearest }, position) => ({
    member: node,
    isShared: true,
    position,
    ...(position === 0 ? { behind: held, until: 'any-goes' as const } : { behind: nearest, until: 'all-go' as const }),
  }));
  return [...holding, ...waiting];
}

function isOfWaiter(lease: LockMember, waiter: LockMember): boolean {
  const isOfOneOwner =
    lease.identity.ownerNumber === undefined
      ? lease.stat.ephemeralOwner === waiter.stat.ephemeralOwner && waiter.identity.ownerNumber === undefined
      : lease.owner === waiter.owner;
  return isOfOneOwner && lease.czxid > waiter.czxid;
}

function byAge(a: LockMember, b: LockMember): number {
  return a.czxid < b.czxid ? -1 : 1;
}

/** Those that go while they are read are left out. */
async function read(client: Client, { lock, directory }: Where, names: readonly string[], limits: Limits): Promise<readonly LockMember[]> {
  const nodes = await readNodes(client, directory, names, limits);
  return [...nodes].map(([name, { data, stat }]) => {
    const path = joinPath(directory, name);
    const identity = identityOf(data);
    return { path, name, lock, identity, stat, czxid: stat.czxid, owner: ownerOf(path, identity, stat) };
  });
}

/** Of a znode that does not tell its owner nothing is known: it is taken to be of nobody else. */
function ownerOf(path: string, { ownerNumber }: Identity, { ephemeralOwner }: Stat): string {
  return ownerNumber === undefined ? path : ownerKey(ephemeralOwner, ownerNumber);
}

/** What all znodes of one owner in one session have in common. */
export function ownerKey(sessionId: bigint, ownerNumber: number): string {
  return `0x${BigInt.asUintN(64, sessionId).toString(16)}#${ownerNumber}`;
}
