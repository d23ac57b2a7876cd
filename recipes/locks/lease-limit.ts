import { map, type Observable, of } from 'rxjs';
import { type CallOptions, type Client, decodeZnode, int32 } from '../../src/index.ts';
import { unlessGone } from '../common/unless-gone.ts';

/** How many leases a semaphore has: so many, or as many as a znode says, in Curator's layout of a `SharedCount`. */
export type Leases = number | { readonly countPath: string };

/** What a limit is, and becomes. */
export interface LeaseLimit {
  /** Asks in the tick of the call. */
  now(options: CallOptions): Promise<number>;
  /** The present limit, then each later one. */
  readonly changes$: Observable<number>;
}

export function fixedLimit(leases: number): LeaseLimit {
  return { now: () => Promise.resolve(leases), changes$: of(leases) };
}

/** Followed live: raising it lets waiters in; lowering it takes nothing away from holders. While there is no such znode, there are no leases. */
export function countedLimit(client: Client, countPath: string): LeaseLimit {
  return {
    now: async (options) => {
      const node = await unlessGone(client.get(countPath, options));
      return node === undefined ? 0 : decodeZnode(countPath, int32, node.data);
    },
    changes$: client.data$(countPath).pipe(map((node) => (node === null ? 0 : decodeZnode(countPath, int32, node.data)))),
  };
}
