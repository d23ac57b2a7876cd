import { AsyncSubject } from 'rxjs';
import { first } from '../../src/index.ts';

/**
 * The callers in this process that wait for the same leases, by the names of their lock nodes, and how each of them leaves the queue. Whoever is right
 * behind one of them knows without asking the server when it is first, and at once. Kept once for each znode, whatever namespaces its callers use.
 */
export class LocalContenders {
  /** How many leases seem to be free, after those that have been asked for. */
  #free = 0;
  readonly #waiting = new Map<string, AsyncSubject<boolean>>();

  /** A lock node of this name is in the queue from now on. */
  arrived(name: string): void {
    this.#waiting.set(name, new AsyncSubject());
  }

  /**
   * The first has asked for so many of the leases. If any more seem to be free, the next may ask at once, behind it: what is made in this order is
   * granted in this order.
   */
  asked(name: string, permits: number): void {
    this.#free -= permits;
    if (this.#free > 0) this.left(name, true);
  }

  /** Leases were granted, and so many more seemed to be free then. */
  granted(free: number): void {
    this.#free = free;
  }

  /** @param asFirst it had come to the front, and what it had there to do is done */
  left(name: string, asFirst: boolean): void {
    const place = this.#waiting.get(name);
    this.#waiting.delete(name);
    place?.next(asFirst);
    place?.complete();
  }

  /**
   * Waits for that contender to leave the queue, and resolves with whether it did so from the front. Undefined: it is none of ours.
   *
   * @throws the signal's reason
   */
  async whenLeft(name: string, signal: AbortSignal): Promise<boolean | undefined> {
    const place = this.#waiting.get(name);
    return place === undefined ? undefined : await first(place, signal);
  }
}
