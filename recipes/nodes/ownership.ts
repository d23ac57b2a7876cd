import { type CreateMode, isEphemeral, nameOf, type Stat } from '../../src/index.ts';

/** What is known of a znode that is ours, or may be. */
export interface Claim {
  readonly path: string;
  /** As which it was asked for. */
  readonly mode: CreateMode;
  /** The session in which we made it, or found it. */
  readonly sessionId: bigint;
  /** Undefined if nobody could tell whether our request to make it was applied. */
  readonly czxid: bigint | undefined;
}

/**
 * Whose is the znode that is found where ours should be? Pure.
 *
 * An ephemeral one is ours if we made it in the session that we are in. One of our earlier session is not: it is about to go. One that stays behind when its
 * maker is gone does not tell who that was, and a process that is started again has to find its own: any such is ours.
 *
 * @param claim what we made there in the present session, if anything
 */
export function whoseIs(found: Stat, mode: CreateMode, claim: Claim | undefined): 'ours' | 'anothers' {
  if (!isEphemeral(mode)) return found.ephemeralOwner === 0n ? 'ours' : 'anothers';
  if (claim === undefined || claim.sessionId !== found.ephemeralOwner) return 'anothers';
  return claim.czxid === undefined || claim.czxid === found.czxid ? 'ours' : 'anothers';
}

/** What is to be kept in being. */
export interface Upkept {
  /** As it was asked for: without protection, and the server's number. */
  readonly path: string;
  readonly mode: CreateMode;
  readonly protect: boolean;
  /** Missing ones are made. */
  readonly parents: boolean;
  readonly ttlMs?: number | undefined;
  /** When it is kept no more, it is left to others, or to time. */
  readonly staysBehind?: boolean;
}

/**
 * Where to make it, and as what: at first as it was asked for, later under the number that the server gave it then. Pure.
 *
 * @param last where it was; undefined if it never was anywhere
 * @see Curator `PersistentNode.createNode`
 */
export function whereToMake({ path, mode, protect }: Upkept, last: string | undefined): Pick<Claim, 'path' | 'mode'> {
  const numbered = numberless[mode];
  if (last === undefined || numbered === undefined) return { path, mode };
  if (!protect) return { path: last, mode: numbered };
  // It gets a new prefix, and keeps its number.
  const number = nameOf(last).slice(protectionLength + nameOf(path).length);
  return { path: `${path}${number}`, mode: numbered };
}

const protectionLength = '_c_00000000-0000-4000-8000-000000000000-'.length;

const numberless: Partial<Record<CreateMode, CreateMode>> = {
  'ephemeral-sequential': 'ephemeral',
  'persistent-sequential': 'persistent',
  'persistent-sequential-with-ttl': 'persistent-with-ttl',
};
