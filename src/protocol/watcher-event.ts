import { int, record, ustring } from './record.ts';

/** What the server tells about a watch. */
export const watcherEvent = record('WatcherEvent', { type: int, state: int, path: ustring });

/** @see ZooKeeper `Watcher.Event.EventType` */
export const eventTypes = {
  none: -1,
  created: 1,
  deleted: 2,
  changed: 3,
  children: 4,
  dataWatchRemoved: 5,
  childWatchRemoved: 6,
  persistentWatchRemoved: 7,
} as const;

/** @see ZooKeeper `Watcher.Event.KeeperState` */
export const keeperStates = {
  disconnected: 0,
  syncConnected: 3,
  authFailed: 4,
  connectedReadOnly: 5,
  saslAuthenticated: 6,
  expired: -112,
  closed: 7,
} as const;
