import { type CancelTimer, type Client, DeadlockError, parentOf, whenAborted } from '../../src/index.ts';
import type { Owner } from '../leases/owner.ts';
import { numberOf } from '../line/identity.ts';
import type { DeadlockTerms } from './deadlock-detection.ts';
import { findDeadlocks } from './find-deadlocks.ts';
import { ownerKey } from './read-locks.ts';

/**
 * Looks, some time after a place in line was taken, whether that has closed a circle of owners that wait for each other, and gives the place up if so.
 *
 * One look is enough, and one gives up: who waits for whom is settled when a place is taken, so that a circle is closed by the youngest of the places in
 * it, and everybody finds the same one.
 */
export class DeadlockWatch implements Disposable {
  readonly #client: Client;
  readonly #path: string;
  readonly #owner: Owner;
  readonly #root: string;
  readonly #afterMs: number;
  readonly #interest = new AbortController();
  readonly #stopListening: () => void;
  #cancel: CancelTimer = () => {};

  constructor(client: Client, path: string, owner: Owner, { root = parentOf(path), afterMs }: DeadlockTerms, signal: AbortSignal) {
    this.#client = client;
    this.#path = path;
    this.#owner = owner;
    this.#root = root;
    this.#afterMs = afterMs;
    this.#stopListening = whenAborted(signal, (reason) => this.#interest.abort(reason));
  }

  /** Aborts as the caller's does, and with a `DeadlockError`. */
  get signal(): AbortSignal {
    return this.#interest.signal;
  }

  /** A place in line has been taken, or others have left the line. */
  waits(): void {
    this.#cancel();
    // It never rejects.
    this.#cancel = this.#client.clock.setTimer(this.#afterMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const own = ownerKey(this.#client.session?.id ?? 0n, numberOf(this.#owner));
    try {
      const deadlocks = await findDeadlocks(this.#client, this.#root, { signal: this.signal });
      const ours = deadlocks.find(([closing]) => closing?.owner === own && closing.waitsFor === this.#path);
      if (ours !== undefined) this.#interest.abort(new DeadlockError(this.#path, ours));
    } catch (error) {
      if (this.signal.aborted) return;
      // The wait goes on, and may be in vain; what is wrong with the client it will tell itself.
      this.#client.logger.warn({ error, path: this.#path }, 'could not look for deadlocks');
      this.waits();
    }
  }

  [Symbol.dispose](): void {
    this.#cancel();
    this.#stopListening();
    // Ends a look that is under way; nobody else listens any more.
    this.#interest.abort();
  }
}
