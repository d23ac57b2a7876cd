import { ProtocolError } from '../../errors/connection.ts';
import { addWatchModes, watcherTypes } from '../../protocol/operations/watches.ts';
import type { WireReply, WireRequest } from '../../protocol/operations.ts';
import { Refusal } from '../refusal.ts';
import type { Change, WatchTarget } from '../watches.ts';
import type { Requester } from './requester.ts';

export const watching = {
  addWatch,
  checkWatches,
  removeWatches,
  setWatches,
  setWatches2,
} as const;

function addWatch({ database, watcher }: Requester, { path, mode }: WireRequest<'addWatch'>): WireReply<'addWatch'> {
  const name = nameOf(addWatchModes, mode, 'AddWatchRequest', 'mode');
  database.watches.watchForGood(path, watcher, name);
  return { err: 0 };
}

function checkWatches({ database, watcher }: Requester, { path, type }: WireRequest<'checkWatches'>): WireReply<'checkWatches'> {
  if (!database.watches.has(path, watcher, targetOf(type))) throw new Refusal('NOWATCHER');
}

function removeWatches({ database, watcher }: Requester, { path, type }: WireRequest<'removeWatches'>): WireReply<'removeWatches'> {
  if (!database.watches.remove(path, watcher, targetOf(type))) throw new Refusal('NOWATCHER');
}

function setWatches(requester: Requester, request: WireRequest<'setWatches'>): WireReply<'setWatches'> {
  setWatches2(requester, {
    ...request,
    persistentWatches: [],
    persistentRecursiveWatches: [],
  });
}

/** After a reconnect: tells at once what a one-shot watch has missed, and sets those that have missed nothing. */
function setWatches2({ database: { tree, watches }, watcher }: Requester, request: WireRequest<'setWatches2'>): WireReply<'setWatches2'> {
  const tell = (kind: Change['kind'], path: string) => watcher.notify({ kind, path });
  for (const path of request.dataWatches) {
    const znode = tree.get(path);
    if (znode === undefined) tell('deleted', path);
    else if (znode.mzxid > request.relativeZxid) tell('changed', path);
    else watches.watchData(path, watcher);
  }
  for (const path of request.existWatches) {
    if (tree.get(path) !== undefined) tell('created', path);
    else watches.watchData(path, watcher);
  }
  for (const path of request.childWatches) {
    const znode = tree.get(path);
    if (znode === undefined) tell('deleted', path);
    else if (znode.pzxid > request.relativeZxid) tell('children', path);
    else watches.watchChildren(path, watcher);
  }
  for (const path of request.persistentWatches) watches.watchForGood(path, watcher, 'persistent');
  for (const path of request.persistentRecursiveWatches) watches.watchForGood(path, watcher, 'persistent-recursive');
}

function targetOf(type: number): WatchTarget {
  return nameOf(watcherTypes, type, 'WatcherType', 'type');
}

function nameOf<N extends string>(numbers: Readonly<Record<N, number>>, wanted: number, record: string, field: string): N {
  // Object.keys forgets the type of the keys.
  const name = (Object.keys(numbers) as N[]).find((key) => numbers[key] === wanted);
  if (name === undefined) throw new ProtocolError(record, field, `there is no ${wanted}`);
  return name;
}
