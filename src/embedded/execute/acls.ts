import type { WireReply, WireRequest } from '../../protocol/operations.ts';
import { permissions } from '../../znode.ts';
import { masked, permits } from '../identity.ts';
import { findFor, type Requester } from './requester.ts';

export const acls = { getAcl, setAcl } as const;

/** Who may read but not administer sees no digests. */
function getAcl(requester: Requester, { path }: WireRequest<'getAcl'>): WireReply<'getAcl'> {
  const { znode, stat } = findFor(requester, path, permissions.read | permissions.admin);
  const isAdmin = permits(znode.acl, permissions.admin, requester.identities);
  return { acl: isAdmin ? znode.acl : masked(znode.acl), stat };
}

function setAcl({ database, identities }: Requester, { path, acl, version }: WireRequest<'setAcl'>): WireReply<'setAcl'> {
  return {
    stat: database.write((transaction) => transaction.setAcl(path, acl, version, identities)),
  };
}
