import { AsyncLocalStorage } from 'node:async_hooks';
import { from } from 'rxjs';
import { type Client, first } from '../../src/index.ts';
import type { Hold } from './hold.ts';
import { Lease } from './lease.ts';

/**
 * To whom a reentrant hold belongs: any object, compared by identity. What a thread is in Java: whoever holds already enters again
 * without waiting for itself.
 */
export type Owner = object;

const ambient = new AsyncLocalStorage<Owner>();

/** The owner of the `run` that this code is called from, directly or through any number of awaits. */
export function currentOwner(): Owner | undefined {
  return ambient.getStore();
}

/** Calls `work` so that all it calls and awaits finds `owner` as its current one. */
export function asOwner<T>(owner: Owner, work: () => T): T {
  return ambient.run(owner, work);
}

type Holds = Map<string, Promise<Hold | null>>;

/** What each owner holds or is about to hold, by client and key. */
const holdsOfOwners = new WeakMap<Owner, WeakMap<Client, Holds>>();

/**
 * Another lease on what `owner` holds under `key`, or the first one, by `acquire`. Calls made while the first is still in line await it.
 *
 * @param key tells apart what one owner may hold beside each other: recipe and path
 * @param acquire is told what to call when the hold is over
 * @throws {LeaseLostError} the hold is lost and has not been given back yet
 */
export async function enterAgain(
  owner: Owner,
  client: Client,
  key: string,
  signal: AbortSignal,
  acquire: (whenOver: () => void) => Promise<Hold | null>,
): Promise<Lease | null> {
  const holds = holdsOf(owner, client);
  for (;;) {
    const present = holds.get(key);
    if (present === undefined) return await enterFirst(holds, key, acquire);
    const hold = await first(from(present.catch(() => null)), signal);
    if (hold?.isOver === false) {
      hold.signal.throwIfAborted();
      return new Lease(hold);
    }
    if (holds.get(key) === present) holds.delete(key);
  }
}

/** What `owner` holds under `key`, or is about to. */
export function holdOf(owner: Owner, client: Client, key: string): Promise<Hold | null> | undefined {
  return holdsOfOwners.get(owner)?.get(client)?.get(key);
}

async function enterFirst(holds: Holds, key: string, acquire: (whenOver: () => void) => Promise<Hold | null>): Promise<Lease | null> {
  const forget = () => {
    if (holds.get(key) === acquiring) holds.delete(key);
  };
  const acquiring = acquire(forget);
  holds.set(key, acquiring);
  try {
    const hold = await acquiring;
    if (hold === null) forget();
    return hold === null ? null : new Lease(hold);
  } catch (error) {
    forget();
    throw error;
  }
}

function holdsOf(owner: Owner, client: Client): Holds {
  const ofOwner = holdsOfOwners.get(owner) ?? new WeakMap<Client, Holds>();
  holdsOfOwners.set(owner, ofOwner);
  const holds = ofOwner.get(client) ?? new Map<string, Promise<Hold | null>>();
  ofOwner.set(client, holds);
  return holds;
}
