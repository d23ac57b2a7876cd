import { emptyRecord, int, long, record, ustring, vector } from '../record.ts';
import { operation } from './operation.ts';

/** @see ZooKeeper `AddWatchMode` */
export const addWatchModes = { persistent: 0, 'persistent-recursive': 1 } as const;

/** @see ZooKeeper `Watcher.WatcherType` */
export const watcherTypes = { children: 1, data: 2, any: 3 } as const;

export const addWatch = operation(106, record('AddWatchRequest', { path: ustring, mode: int }), record('ErrorResponse', { err: int }));

/** Refused with NOWATCHER if the session has no such watch. */
export const removeWatches = operation(18, record('RemoveWatchesRequest', { path: ustring, type: int }), emptyRecord());

/** Asks whether such a watch is set; NOWATCHER if not. */
export const checkWatches = operation(17, record('CheckWatchesRequest', { path: ustring, type: int }), emptyRecord());

/**
 * After a reconnect: sets a session's watches again on the new server, which at once tells of all that would have fired
 * since `relativeZxid` (one-shot watches only; persistent ones are merely set).
 */
export const setWatches = operation(
  101,
  record('SetWatches', {
    relativeZxid: long,
    dataWatches: vector(ustring),
    existWatches: vector(ustring),
    childWatches: vector(ustring),
  }),
  emptyRecord(),
);

export const setWatches2 = operation(
  105,
  record('SetWatches2', {
    relativeZxid: long,
    dataWatches: vector(ustring),
    existWatches: vector(ustring),
    childWatches: vector(ustring),
    persistentWatches: vector(ustring),
    persistentRecursiveWatches: vector(ustring),
  }),
  emptyRecord(),
);
