import { AsyncSubject } from 'rxjs';
import { type Client, first } from '../../src/index.ts';

const ofClients = new WeakMap<Client, Map<string, Neighbours>>();

/**
 * The places in one line that callers in this process have, and how they leave it. Whoever is right behind one of them knows without asking the server
 * when it is first, and at once.
 */
export class Neighbours {
  /** How many leases seem to be free, after those that have been asked for. */
  free = 0;
  readonly #places = new Map<string, AsyncSubject<boolean>>();

  /** Those of one client in one line. */
  static of(client: Client, directory: string): Neighbours {
    const lines = ofClients.get(client) ?? new Map<string, Neighbours>();
    ofClients.set(client, lines);
    const neighbours = lines.get(directory) ?? new Neighbours();
    lines.set(directory, neighbours);
    return neighbours;
  }

  /** The znode at `path` stands in line from now on. */
  arrived(path: string): void {
    this.#places.set(path, new AsyncSubject());
  }

  /**
   * The first has asked for so many of the leases. If any more seem to be free, the next may ask at once, behind it: what is made in this order is
   * granted in this order.
   */
  goesAhead(path: string, permits: number): void {
    this.free -= permits;
    if (this.free > 0) this.left(path, true);
  }

  /** @param asFirst it had come to the front, and what it had there to do is done */
  left(path: string, asFirst: boolean): void {
    const place = this.#places.get(path);
    this.#places.delete(path);
    place?.next(asFirst);
    place?.complete();
  }

  /**
   * Waits for the one at `path` to leave the line, and resolves with whether it did so from the front. Undefined: it is none of ours.
   *
   * @throws the signal's reason
   */
  async whenLeft(path: string, signal: AbortSignal): Promise<boolean | undefined> {
    const place = this.#places.get(path);
    return place === undefined ? undefined : await first(place, signal);
  }
}
