import type { WireReply, WireRequest } from '../../protocol/operations.ts';
import { permissions, type Stat } from '../../znode.ts';
import { Refusal } from '../refusal.ts';
import { statOf } from '../tree.ts';
import { findFor, type Requester } from './requester.ts';

export const reads = {
  exists,
  getData,
  getChildren,
  getChildren2,
  sync,
} as const;

/** Asks for no permission, and sets the watch where there is no znode too. */
function exists({ database, watcher }: Requester, { path, watch }: WireRequest<'exists'>): WireReply<'exists'> {
  if (path.includes('\0')) throw new Refusal('BADARGUMENTS');
  if (watch) database.watches.watchData(path, watcher);
  const znode = database.tree.get(path);
  if (znode === undefined) throw new Refusal('NONODE');
  return { stat: statOf(znode) };
}

function getData(requester: Requester, { path, watch }: WireRequest<'getData'>): WireReply<'getData'> {
  const { znode, stat } = findFor(requester, path, permissions.read);
  if (watch) requester.database.watches.watchData(path, requester.watcher);
  return { data: znode.data, stat };
}

function getChildren(requester: Requester, request: WireRequest<'getChildren'>): WireReply<'getChildren'> {
  return { children: list(requester, request).children };
}

function getChildren2(requester: Requester, request: WireRequest<'getChildren2'>): WireReply<'getChildren2'> {
  return list(requester, request);
}

/** A single server is always in sync. */
function sync(_requester: Requester, { path }: WireRequest<'sync'>): WireReply<'sync'> {
  return { path };
}

/** ZooKeeper promises no order. Youngest first, so that nobody comes to rely on the order of creation. */
function list(
  requester: Requester,
  { path, watch }: WireRequest<'getChildren2'>,
): { readonly children: readonly string[]; readonly stat: Stat } {
  const { znode, stat } = findFor(requester, path, permissions.read);
  if (watch) requester.database.watches.watchChildren(path, requester.watcher);
  return { children: [...znode.children].reverse(), stat };
}
