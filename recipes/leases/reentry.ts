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
  #acquiring: Promise<Lease | null> = Promise.resolve(null);
  /** Undefined until it is settled. */
  #hold: Hold | null | undefined;

  constructor(waits: boolean) {
    this.isWaitedFor = waits;
  }

  /** Would awaiting it be waiting for others? */
  get isWaiting(): boolean {
    return this.isWaitedFor && this.#hold === undefined;
  }

  /** Undefined if it is none, or over: found at once where it can be, so that whoever asks while it is held enters, even if it is given back right after. */
  hold(signal: AbortSignal): Hold | undefined | Promise<Hold | undefined> {
    if (this.#hold !== undefined) return unlessOver(this.#hold);
    const settled = this.#acquiring.then(
      () => undefined,
      () => undefined,
    );
    return first(from(settled), signal).then(() => unlessOver(this.#hold));
  }

  /** @param forget called when there is no hold, before anybody learns of that, or when the first lease on it is given back */
  begin(acquire: () => Promise<Hold | null>, forget: () => void): Promise<Lease | null> {
    this.#acquiring = this.#settle(acquire, forget);
    return this.#acquiring;
  }

  async #settle(acquire: () => Promise<Hold | null>, forget: () => void): Promise<Lease | null> {
    let hold: Hold | null = null;
    try {
      hold = await acquire();
    } finally {
      this.#hold = hold;
      if (hold === null) forget();
    }
    // Before anybody else can share the hold, and end it.
    return hold === null ? null : new Lease(hold, forget);
  }
}

function unlessOver(hold: Hold | null | undefined): Hold | undefined {
  return hold?.isOver === false ? hold : undefined;
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
      const found = present.hold(signal);
      const hold = found instanceof Promise ? await found : found;
      // Meanwhile it may have been given back, and asked for anew.
      if (hold === undefined || this.#find(owner, key) !== present) continue;
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
    return await present.hold(signal);
  }

  async #enterFirst(key: ZnodeKey, { owner, waits }: Asking, acquire: () => Promise<Hold | null>): Promise<Lease | null> {
    const first = new Reentrant(waits);
    const share = this.#ofOwner(owner).share(key, () => first);
    return await first.begin(acquire, () => share[Symbol.dispose]());
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
