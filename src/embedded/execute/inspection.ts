import type { WireReply, WireRequest } from '../../protocol/operations.ts';
import { permissions } from '../../znode.ts';
import { userOf } from '../identity.ts';
import { findFor, type Requester } from './requester.ts';

export const inspection = {
  getEphemerals,
  getAllChildrenNumber,
  whoAmI,
} as const;

/** A prefix of text, not of path elements: `/a` finds `/ab` too. */
function getEphemerals({ database, sessionId }: Requester, { prefixPath }: WireRequest<'getEphemerals'>): WireReply<'getEphemerals'> {
  const all = database.tree.ephemerals(sessionId);
  const prefix = prefixPath.trim();
  return {
    ephemerals: prefix === '' || prefix === '/' ? all : all.filter((path) => path.startsWith(prefixPath)),
  };
}

function getAllChildrenNumber(requester: Requester, { path }: WireRequest<'getAllChildrenNumber'>): WireReply<'getAllChildrenNumber'> {
  findFor(requester, path, permissions.read);
  return { totalNumber: requester.database.tree.countBelow(path) };
}

function whoAmI({ identities }: Requester): WireReply<'whoAmI'> {
  return {
    clientInfo: identities.map((identity) => ({
      authScheme: identity.scheme,
      user: userOf(identity),
    })),
  };
}
