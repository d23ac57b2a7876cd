import type { Capabilities, WatchEventType } from '../../driver/driver.ts';
import { ClosedError } from '../../errors/connection.ts';
import type { Caller } from '../calls/caller.ts';
import type { Lifetime } from '../session/lifetime.ts';
import type { Contact } from '../session/session-keeper.ts';
import type { Waiter } from './waiter.ts';
import { WatchedPath, type WatchListener, type WatchSurroundings } from './watched-path.ts';

/**
 * All watches of a client, by path, shared: one watch on the server however many listen. Paths are the server's, namespaces included.
 *
 * ZooKeeper keeps one mode for each session and path, and a one-shot watch set on a persistently watched path silently turns that one into a
 * one-shot too (ZOOKEEPER-4466). Hence one table for both kinds.
 */
export class WatchTable implements WatchSurroundings {
  readonly caller: Caller;
  readonly #capabilities: () => Capabilities;
  readonly #paths = new Map<string, WatchedPath>();

  #present: Lifetime | undefined;
  #isClosed = false;

  constructor(caller: Caller, capabilities: () => Capabilities) {
    this.caller = caller;
    this.#capabilities = capabilities;
  }

  get present(): Lifetime | undefined {
    return this.#present;
  }

  get capabilities(): Capabilities {
    return this.#capabilities();
  }

  /**
   * Begins to watch in this tick.
   *
   * @returns the way to stop, which takes the watch off the server if nobody else needs it
   */
  listen(path: string, listener: WatchListener): () => void {
    if (this.#isClosed) {
      listener.error(new ClosedError(`watch ${path}`));
      return () => {};
    }
    const watched = this.#at(path);
    watched.listen(listener);
    return () => watched.unlisten(listener);
  }

  /** Registers somebody who waits for the next change of the data of `path`. To be given back with `release`. */
  wait(path: string): Waiter {
    return this.#at(path).wait();
  }

  /** @param isMissing the waiter found no such znode */
  release(path: string, waiter: Waiter, isMissing: boolean): void {
    this.#paths.get(path)?.release(waiter, isMissing);
  }

  /** A server has taken the session: a new one has no watches yet, a known one may have missed events. */
  established(lifetime: Lifetime, contact: Contact): void {
    this.#present = lifetime;
    for (const watched of [...this.#paths.values()]) {
      if (contact === 'resumed') watched.resumed();
      else if (contact === 'new') watched.restarted();
      else watched.forgotten();
    }
  }

  sessionEnded(): void {
    this.#present = undefined;
    for (const watched of [...this.#paths.values()]) watched.sessionEnded();
  }

  event(type: WatchEventType, path: string): void {
    this.#paths.get(path)?.event(type, path);
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      this.#paths.get(path.slice(0, end))?.eventBelow(type, path);
    }
    if (path !== '/') this.#paths.get('/')?.eventBelow(type, path);
  }

  /** The client is closed, which is no error of those who listen: they are told that nothing comes any more. Later ones are refused. */
  close(): void {
    this.#isClosed = true;
    for (const watched of [...this.#paths.values()]) watched.close();
  }

  #at(path: string): WatchedPath {
    const known = this.#paths.get(path);
    if (known !== undefined) return known;
    const watched = new WatchedPath(path, this, () => {
      if (this.#paths.get(path) === watched) this.#paths.delete(path);
    });
    this.#paths.set(path, watched);
    return watched;
  }
}
