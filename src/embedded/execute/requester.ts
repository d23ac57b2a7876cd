import type { Stat } from '../../znode.ts';
import type { Database } from '../database.ts';
import { demand, type Identity } from '../identity.ts';
import { Refusal } from '../refusal.ts';
import { statOf, type Znode } from '../tree.ts';
import type { Watcher } from '../watches.ts';

/** On whose behalf a request is executed, and on what. */
export interface Requester {
  readonly database: Database;
  readonly sessionId: bigint;
  readonly identities: readonly Identity[];
  readonly watcher: Watcher;
}

/** @throws {Refusal} NONODE; NOAUTH unless the ACL gives one of the permissions */
export function findFor(
  { database, identities }: Requester,
  path: string,
  permission: number,
): { readonly znode: Znode; readonly stat: Stat } {
  const znode = database.tree.get(path);
  if (znode === undefined) throw new Refusal('NONODE');
  demand(znode.acl, permission, identities);
  return { znode, stat: statOf(znode) };
}
