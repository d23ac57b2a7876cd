import type { Call } from '../calls/call.ts';
import type { Caller } from '../calls/caller.ts';
import { persistently } from '../calls/persistently.ts';
import type { Session } from '../session/session.ts';
import type { WatchTable } from '../watches/watch-table.ts';
import { type DynamicConfig, parseDynamicConfig } from './dynamic-config.ts';

const path = '/zookeeper/config';

export interface FollowTerms {
  readonly caller: Caller;
  readonly watches: WatchTable;
  /** The chroot, which the configuration is not subject to. */
  readonly chroot: string;
  readonly session: Session;
  /** Told of the present configuration, and of each later one. */
  readonly learn: (config: DynamicConfig) => void;
}

/**
 * Reads the ensemble's configuration now and after every change, until the session is over, or the client closed, or the server refuses: rejects with
 * what ended it.
 */
export async function followConfig({ caller, watches, chroot, session, learn }: FollowTerms): Promise<never> {
  let known = -1n;
  const take = (data: Buffer | null) => {
    const config = parseDynamicConfig(data?.toString() ?? '');
    const { version = 0n } = config;
    // A server that is behind the one before, or that tells the same after a reconnect.
    if (version <= known) return;
    known = version;
    learn(config);
  };
  for (;;) {
    await caller.runPersistently({ operation: 'followConfig', path, prefix: '' }, { session }, (call) =>
      persistently(call, () => untilChanged(call, watches, chroot !== '', take)),
    );
  }
}

/** @param isElsewhere the watch table's paths are below the chroot: what it has set on this one, if anything, is on another znode */
async function untilChanged(call: Call, watches: WatchTable, isElsewhere: boolean, take: (data: Buffer | null) => void): Promise<void> {
  const waiter = watches.wait(path);
  try {
    const { data } = await call.perform('getConfig', { path, watch: waiter.needsWatch || isElsewhere }, 'unknown');
    take(data);
    await call.until((resume) => waiter.whenWoken(resume));
    call.throwIfOver();
  } finally {
    watches.release(path, waiter, false);
  }
}
