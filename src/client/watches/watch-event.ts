import type { WatchEventType } from '../../driver/driver.ts';

export interface WatchEvent {
  /** `resync`: events may have been missed, by a reconnect or in a new session. Whoever mirrors state reads it anew. */
  readonly type: WatchEventType | 'resync';
  /** The znode it happened to; for `resync` the path that is watched. */
  readonly path: string;
}

export interface WatchOptions {
  /** All of the subtree, instead of the znode and its list of children. Default: false. */
  readonly recursive?: boolean | undefined;
}
