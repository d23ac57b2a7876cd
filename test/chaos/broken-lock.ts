import { Mutex } from '../../recipes/index.ts';
import type { Client } from '../../src/index.ts';
import type { Broken } from './protocol.ts';

/** As much of a lease as the worker needs. */
export interface ChaosLease {
  readonly token: bigint;
  isValid(): boolean;
  release(): Promise<void>;
}

export interface ChaosLock {
  acquire(options: { readonly timeoutMs: number }): Promise<ChaosLease>;
}

/** The lock to try: the right one, unless a wrong one is asked for. */
export function lockOf(client: Client, path: string, broken: Broken | undefined): ChaosLock {
  const mutex = new Mutex(client, path);
  if (broken === undefined) return mutex;
  if (broken === 'validity') return credulous(mutex);
  return hasty(client, path);
}

/** Believes what it was told once. */
function credulous(mutex: Mutex): ChaosLock {
  return {
    async acquire(options) {
      const lease = await mutex.acquire(options);
      return { token: lease.token, isValid: () => true, release: () => lease.release() };
    },
  };
}

/** Enters without a look at who is in line. */
function hasty(client: Client, path: string): ChaosLock {
  return {
    async acquire({ timeoutMs }) {
      const session = await client.connected({ timeoutMs });
      const node = await client.create(`${path}/lock-`, '', { mode: 'ephemeral-sequential', parents: true, session, timeoutMs });
      return {
        token: node.stat.czxid,
        isValid: () => session.isValid(),
        release: async () => void (await client.deleteForSure(node.path, { session })),
      };
    },
  };
}
