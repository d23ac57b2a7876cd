import { RunContext } from '../common/run-context.ts';

/**
 * To whom a reentrant hold belongs: any object, compared by identity. What a thread is in Java: whoever holds already enters again
 * without waiting for itself.
 */
export type Owner = object;

const runs = new RunContext<Owner>();

/** Owners that wait for a call made for them, or for a run inside theirs. */
const busy = new WeakSet<Owner>();

/**
 * The owner of one call that was given none. It enters again what the runs around the call hold. Dispose of it when the call is over: a `run` when its work
 * is, an `acquire` when it has the lease.
 */
export class CallOwner implements Disposable {
  /**
   * Whose number its znodes bear: that of the innermost run around the call, so that what one task holds and what it waits for are seen to belong together.
   * A call that is made while the run waits for another one is another task's, and has a number of its own: the two may wait for each other in vain, or just
   * for a while.
   */
  readonly actor: Owner;
  readonly #caller: Owner | undefined;

  constructor() {
    const caller = runs.innermost;
    const isFree = caller !== undefined && !busy.has(caller);
    this.#caller = isFree ? caller : undefined;
    if (isFree) busy.add(caller);
    this.actor = isFree ? actorOf(caller) : this;
  }

  [Symbol.dispose](): void {
    if (this.#caller !== undefined) busy.delete(this.#caller);
  }
}

/** Whose number the znodes of an owner's calls bear. */
export function actorOf(owner: Owner): Owner {
  return owner instanceof CallOwner ? owner.actor : owner;
}

/** Calls `work` in a run of `owner`: calls that are given no owner enter again what it holds. */
export function runAs<T>(owner: Owner, work: () => Promise<T> | T): Promise<T> {
  return runs.run(owner, work);
}

/** Those whose holds a call of `owner` enters again: its own, and if it was given none, those of the runs around the call. */
export function enteredAgainBy(owner: Owner): readonly Owner[] {
  return owner instanceof CallOwner ? [owner, ...runs.all] : [owner];
}
