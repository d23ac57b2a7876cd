import type { Client } from '../../src/index.ts';

/** Names a znode for all who share something about it in this process. */
export interface ZnodeKey {
  /** Who shares: a client with all its namespaces, or one session of it. */
  readonly scope: object;
  /** The path without any namespace. */
  readonly path: string;
}

/** The key of the znode that `client` sees at `path`: the same for every namespace of one client. */
export function znodeKey(client: Client, path: string): ZnodeKey {
  return { scope: client.scope, path: client.absolutePath(path) };
}

/** A share in what all users of one znode have in common. Disposing of it more than once is harmless. */
export interface Share<T> extends Disposable {
  readonly value: T;
}

interface Entry<T> {
  readonly value: T;
  users: number;
}

class Entries<T> {
  readonly used = new Map<string, Entry<T>>();
  /** Those without a user, in the order in which they became idle. */
  readonly idle = new Map<string, Entry<T>>();
}

/**
 * What all users of one znode in this process have in common: made by the first of them, forgotten after the last. It is the only kind of registry by path:
 * a path alone does not say whose namespace it is in, and a map that nobody clears grows with every path that was ever used.
 */
export class PerZnode<T> {
  readonly #idleLimit: number;
  readonly #entries = new WeakMap<object, Entries<T>>();

  /** @param idleLimit how many entries without a user are kept for each scope; those used last stay. Default: 0 */
  constructor(idleLimit = 0) {
    this.#idleLimit = idleLimit;
  }

  /** What its users share at `key`, if it has any. */
  get({ scope, path }: ZnodeKey): T | undefined {
    return this.#entries.get(scope)?.used.get(path)?.value;
  }

  /** A share in what stands at `key`, made now if nothing does. */
  share({ scope, path }: ZnodeKey, make: () => T): Share<T> {
    const entries = this.#entries.get(scope) ?? new Entries<T>();
    this.#entries.set(scope, entries);
    const { used, idle } = entries;
    const entry = used.get(path) ?? idle.get(path) ?? { value: make(), users: 0 };
    idle.delete(path);
    used.set(path, entry);
    entry.users += 1;
    let isOver = false;
    return {
      value: entry.value,
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        entry.users -= 1;
        if (entry.users === 0) this.#retire(entries, path, entry);
      },
    };
  }

  #retire({ used, idle }: Entries<T>, path: string, entry: Entry<T>): void {
    used.delete(path);
    idle.set(path, entry);
    const [eldest] = idle.keys();
    if (idle.size > this.#idleLimit && eldest !== undefined) idle.delete(eldest);
  }
}
