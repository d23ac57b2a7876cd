import { distinctUntilChanged, map, Observable } from 'rxjs';
import { z } from 'zod';
import { type Client, type Codec, type MalformedDataError, type NoAuthError, nameOf, parseOptions, validatePath } from '../../src/index.ts';
import type { CachedNode } from '../caches/cached-node.ts';
import { ChildrenCache } from '../caches/children-cache.ts';
import { codecOption } from '../common/codec-option.ts';
import type { WaitOptions } from '../common/wait-options.ts';

/** Somebody in a group: with the data of its znode, or with why they cannot be had. */
export type Member<T> =
  | { readonly id: string; readonly data: T; readonly error: undefined }
  | { readonly id: string; readonly data: undefined; readonly error: MalformedDataError | NoAuthError };

/** By id. */
export type Members<T> = ReadonlyMap<string, Member<T>>;

export interface GroupOptions<T> {
  /** How members' data stand in their znodes. Default: `bytes`. */
  readonly codec?: Codec<T> | undefined;
}

export const groupFields = {
  codec: codecOption<unknown>().optional(),
};

const groupOptions = z.strictObject(groupFields);

/**
 * Who is in a group, seen from outside. To be in it, be a `GroupMember`.
 *
 * While there is no contact, the last that was known stays; when contact is back, what was missed is told.
 *
 * @see Curator `GroupMember`: same znodes
 */
export class Group<T = Uint8Array> {
  readonly path: string;
  readonly #client: Client;
  readonly #codec: Codec<T> | undefined;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: GroupOptions<T> = {}) {
    validatePath(path, 'Group.path');
    parseOptions(groupOptions, options, 'Group.options');
    this.path = path;
    this.#client = client;
    this.#codec = options.codec;
  }

  /**
   * Who is there.
   *
   * @throws {CacheNotReadyError} not found out within `timeoutMs`
   * @throws the signal's reason, when aborted; what cannot heal
   */
  async members(options: WaitOptions = {}): Promise<Members<T>> {
    await using cache = this.#cache();
    await cache.start(options);
    return membersIn(cache.entries());
  }

  /** Who is there, now and whenever somebody comes or goes, or changes its data. Errors only with what cannot heal, as a closed client. */
  get members$(): Observable<Members<T>> {
    return new Observable((subscriber) => {
      const cache = this.#cache();
      const members$ = cache.nodes$.pipe(
        distinctUntilChanged(areSame),
        map((nodes) => membersIn(nodes.values())),
      );
      subscriber.add(members$.subscribe(subscriber));
      subscriber.add(() => void cache.close());
      // What it fails with comes by `nodes$`.
      cache.start().catch(() => {});
    });
  }

  /** Ids of those who are there, sorted, now and whenever somebody comes or goes: nobody's data are read. Errors as `members$` does. */
  get ids$(): Observable<readonly string[]> {
    return this.#client.children$(this.path).pipe(
      map((names) => (names ?? []).toSorted()),
      distinctUntilChanged(areSameIds),
    );
  }

  #cache(): ChildrenCache<T> {
    return new ChildrenCache(this.#client, this.path, { codec: this.#codec });
  }
}

export function areSameIds(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

function membersIn<T>(nodes: Iterable<CachedNode<T>>): Members<T> {
  const members = [...nodes].map((node): Member<T> => {
    const id = nameOf(node.path);
    return node.error === undefined ? { id, data: node.value, error: undefined } : { id, data: undefined, error: node.error };
  });
  return new Map(members.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((member) => [member.id, member]));
}

/** The same znodes, unchanged. */
function areSame<T>(a: ReadonlyMap<string, CachedNode<T>>, b: ReadonlyMap<string, CachedNode<T>>): boolean {
  if (a.size !== b.size) return false;
  for (const [name, node] of a) if (b.get(name)?.stat.mzxid !== node.stat.mzxid || b.get(name)?.error !== node.error) return false;
  return true;
}
