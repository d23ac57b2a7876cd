import type { WireRequest } from '../../protocol/operations.ts';
import type { WatchEventType, WatchMode } from '../driver.ts';

/** `exist` is what `exists` sets on a missing znode: it fires when the znode is made. */
export type WatchKind = 'data' | 'exist' | 'child' | WatchMode;

const watchKinds = ['data', 'exist', 'child', 'persistent', 'persistent-recursive'] as const satisfies readonly WatchKind[];

/** The one-shot watches that an event uses up. @see ZooKeeper `ZKWatchManager.materialize` */
const usedUp: Readonly<Record<WatchEventType, readonly WatchKind[]>> = {
  created: ['data', 'exist'],
  changed: ['data', 'exist'],
  deleted: ['data', 'exist', 'child'],
  children: ['child'],
};

const removed: Readonly<Record<'children' | 'data' | 'any', readonly WatchKind[]>> = {
  children: ['child'],
  data: ['data', 'exist'],
  any: watchKinds,
};

/** The watches that the session has by what the server has answered and told, so that they can be set again on the next connection. */
export class WatchTable {
  readonly #paths: Readonly<Record<WatchKind, Set<string>>> = {
    data: new Set(),
    exist: new Set(),
    child: new Set(),
    persistent: new Set(),
    'persistent-recursive': new Set(),
  };

  add(kind: WatchKind, path: string): void {
    this.#paths[kind].add(path);
    // One mode a path: the later `addWatch` replaces the earlier.
    if (kind === 'persistent') this.#paths['persistent-recursive'].delete(path);
    if (kind === 'persistent-recursive') this.#paths.persistent.delete(path);
  }

  /** The server has told of a change: one-shot watches that it fires are gone. */
  fired(type: WatchEventType, path: string): void {
    for (const kind of usedUp[type]) this.#paths[kind].delete(path);
  }

  removed(type: 'children' | 'data' | 'any', path: string): void {
    for (const kind of removed[type]) this.#paths[kind].delete(path);
  }

  has(kind: WatchKind, path: string): boolean {
    return this.#paths[kind].has(path);
  }

  get size(): number {
    return watchKinds.reduce((sum, kind) => sum + this.#paths[kind].size, 0);
  }

  /**
   * The requests that set all of them again, each of at most about `maxBytes`, or one path if that is longer.
   *
   * @param relativeZxid the server tells at once of what has changed since
   */
  *setAgain(relativeZxid: bigint, maxBytes: number): Iterable<WireRequest<'setWatches2'>> {
    let chunk = new Chunk();
    for (const kind of watchKinds) {
      for (const path of this.#paths[kind]) {
        const bytes = 4 + Buffer.byteLength(path);
        if (chunk.bytes > emptyBytes && chunk.bytes + bytes > maxBytes) {
          yield chunk.request(relativeZxid);
          chunk = new Chunk();
        }
        chunk.add(kind, path, bytes);
      }
    }
    if (chunk.bytes > emptyBytes) yield chunk.request(relativeZxid);
  }
}

// Request header, zxid and the lengths of five vectors.
const emptyBytes = 8 + 8 + 5 * 4;

class Chunk {
  bytes = emptyBytes;
  readonly #paths: Readonly<Record<WatchKind, string[]>> = {
    data: [],
    exist: [],
    child: [],
    persistent: [],
    'persistent-recursive': [],
  };

  add(kind: WatchKind, path: string, bytes: number): void {
    this.#paths[kind].push(path);
    this.bytes += bytes;
  }

  request(relativeZxid: bigint): WireRequest<'setWatches2'> {
    const { data, exist, child, persistent, 'persistent-recursive': recursive } = this.#paths;
    return {
      relativeZxid,
      dataWatches: data,
      existWatches: exist,
      childWatches: child,
      persistentWatches: persistent,
      persistentRecursiveWatches: recursive,
    };
  }
}
