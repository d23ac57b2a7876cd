import { from } from 'rxjs';
import { first } from '../../src/index.ts';
import { PerZnode, type ZnodeKey } from '../common/per-znode.ts';
import type { Hold } from './hold.ts';
import { Lease } from './lease.ts';
import { enteredAgainBy, type Owner } from './owner.ts';

/** Who asks for a hold, and how. */
export interface Asking {
  readonly owner: Owner;
  readonly signal: AbortSignal;
  /** False: not even for what the owner itself is waiting for. */
  readonly waits: boolean;
}

/** A hold, or one that is being acquired. */
class Reentrant {
  /** By a call that may wait for others. */
  readonly isWaitedFor: boolean;
  #acquiring: Promise<Hold | null> = Promise.resolve(null);
  #isSettled = false;

  constructor(waits: boolean) {
    this.isWaitedFor = waits;
  }

  get acquiring(): Promise<Hold | null> {
    return this.#acquiring;
  }

  /** Would awaiting it be waiting for others? */
  get isWaiting(): boolean {
    return this.isWaitedFor && !this.#isSettled;
  }

  /** @param failed called before anybody learns that there is no hold */
  begin(acquire: () => Promise<Hold | null>, failed: () => void): Promise<Hold | null> {
    this.#acquiring = this.#settle(acquire, failed);
    return this.#acquiring;
  }

  async #settle(acquire: () => Promise<Hold | null>, failed: () => void): Promise<Hold | null> {
    let hold: Hold | null = null;
    try {
      hold = await acquire();
    } finally {
      this.#isSettled = true;
      if (hold === null) failed();
    }
    return hold;
  }
}

/**
 * What each owner holds, or is about to hold, of one kind of lock, by znode: whoever asks again enters at once and shares the hold. An owner is known to hold
 * for as long as one of its leases is not given back, whoever else has leases on the same hold.
 */
export class Reentry {
  readonly #ofOwners = new WeakMap<Owner, PerZnode<Reentrant>>();

  /**
   * Another lease on what the owner holds, or a run around the call; or the first one, by `acquire`. Calls made while the first is being acquired await it.
   *
   * @returns null if `acquire` gives none, or if it would have to wait and is not to
   * @throws {LeaseLostError} the hold is lost and has not been given back yet
   */
  async enter(key: ZnodeKey, asking: Asking, acquire: () => Promise<Hold | null>): Promise<Lease | null> {
    const { owner, signal, waits } = asking;
    for (;;) {
      const present = this.#find(owner, key);
      if (present === undefined) return await this.#enterFirst(key, asking, acquire);
      if (!waits && present.isWaiting) return null;
      const hold = await first(from(present.acquiring.catch(() => null)), signal);
      // Meanwhile it may have been given back, and asked for anew.
      if (hold?.isOver !== false || this.#find(owner, key) !== present) continue;
      if (!hold.isValid()) hold.signal.throwIfAborted();
      // The owner's own from now on, for as long as this lease: the run around may be over before it.
      const share = this.#ofOwner(owner).share(key, () => present);
      return new Lease(hold, () => share[Symbol.dispose]());
    }
  }

  /** Does the owner hold it, or a run around the call, or is it about to? */
  has(owner: Owner, key: ZnodeKey): boolean {
    return this.#find(owner, key) !== undefined;
  }

  /** The hold of the owner or of a run around the call; undefined if there is none, or if it would have to be waited for and is not to. */
  async holdOf(key: ZnodeKey, { owner, signal, waits }: Asking): Promise<Hold | undefined> {
    const present = this.#find(owner, key);
    if (present === undefined || (!waits && present.isWaiting)) return undefined;
    const hold = await first(from(present.acquiring.catch(() => null)), signal);
    return hold?.isOver === false ? hold : undefined;
  }

  async #enterFirst(key: ZnodeKey, { owner, waits }: Asking, acquire: () => Promise<Hold | null>): Promise<Lease | null> {
    const first = new Reentrant(waits);
    const share = this.#ofOwner(owner).share(key, () => first);
    const forget = () => share[Symbol.dispose]();
    const hold = await first.begin(acquire, forget);
    return hold === null ? null : new Lease(hold, forget);
  }

  #find(owner: Owner, key: ZnodeKey): Reentrant | undefined {
    for (const each of enteredAgainBy(owner)) {
      const present = this.#ofOwners.get(each)?.get(key);
      if (present !== undefined) return present;
    }
    return undefined;
  }

  #ofOwner(owner: Owner): PerZnode<Reentrant> {
    const known = this.#ofOwners.get(owner) ?? new PerZnode<Reentrant>();
    this.#ofOwners.set(owner, known);
    return known;
  }
}
