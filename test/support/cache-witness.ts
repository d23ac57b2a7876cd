import type { CachedNode, CacheEvent, TreeCache } from '../../recipes/index.ts';
import { type Client, joinPath, NoNodeError, parentOf } from '../../src/index.ts';

/** Follows a cache by its events alone and notes whatever it must never tell: a change of what is not there, or something older after something newer. */
export class CacheWitness {
  readonly violations: string[] = [];
  readonly events: CacheEvent<Uint8Array>[] = [];
  /** How often it was told that the picture is whole. */
  wholes = 0;
  readonly #cache: TreeCache;
  readonly #nodes = new Map<string, CachedNode<Uint8Array>>();
  /** The newest zxid told of each path, even of one that is gone. */
  readonly #newest = new Map<string, bigint>();

  /** @param cache not started yet, with the codec `bytes` */
  constructor(cache: TreeCache) {
    this.#cache = cache;
    cache.events$.subscribe((event) => this.#told(event));
  }

  /** Events in short, such as `added /a`. */
  get told(): readonly string[] {
    return this.events.map(({ type, path }) => `${type} ${path}`);
  }

  /** What differs between the events' picture, the cache's own and what the server has; nothing if all is well. */
  async differences(client: Client): Promise<readonly string[]> {
    const onServer = await tree(client, this.#cache.path);
    const byEvents = new Map([...this.#nodes].map(([path, node]) => [path, gist(node)]));
    const inCache = new Map([...this.#cache.entries()].map((node) => [node.path, gist(node)]));
    const children = new Map<string, string[]>();
    for (const path of [...inCache.keys()].sort()) children.set(parentOf(path), [...(children.get(parentOf(path)) ?? []), path]);
    const unlisted = [...inCache.keys()].filter((path) => {
      const paths = this.#cache.children(path).map((name) => joinPath(path, name));
      return JSON.stringify(paths) !== JSON.stringify((children.get(path) ?? []).filter((child) => child !== path));
    });
    return [
      ...this.violations,
      ...differing('events', byEvents, onServer),
      ...differing('cache', inCache, onServer),
      ...unlisted.map((path) => `children of ${path}: ${this.#cache.children(path)}`),
      ...(this.#cache.size === inCache.size ? [] : [`size ${this.#cache.size}`]),
    ];
  }

  #told(event: CacheEvent<Uint8Array>): void {
    this.events.push(event);
    if (event.type === 'resync') {
      this.wholes += 1;
      return;
    }
    const { type, path, before, after } = event;
    const known = this.#nodes.get(path);
    if (known === undefined ? before !== undefined : before === undefined || gist(before) !== gist(known)) {
      this.violations.push(`${type} ${path}: before it was ${known && gist(known)}, not ${before && gist(before)}`);
    }
    if (after === undefined) {
      this.#nodes.delete(path);
      return;
    }
    const newest = this.#newest.get(path) ?? 0n;
    if (after.stat.mzxid <= newest) this.violations.push(`${type} ${path}: ${after.stat.mzxid} after ${newest}`);
    if (type === 'added' && path !== this.#cache.path && !this.#nodes.has(parentOf(path)))
      this.violations.push(`${path} before its parent`);
    if (this.#cache.get(path) !== after) this.violations.push(`${type} ${path}: the cache shows something else`);
    this.#newest.set(path, after.stat.mzxid);
    this.#nodes.set(path, after);
  }
}

/** All znodes at and below `root`, each with its gist. */
async function tree(client: Client, root: string): Promise<ReadonlyMap<string, string>> {
  await client.sync(root);
  const found = new Map<string, string>();
  const visit = async (path: string): Promise<void> => {
    try {
      const { data, stat } = await client.get(path);
      found.set(path, gist({ path, stat, value: data, error: undefined }));
      await Promise.all((await client.children(path)).map((name) => visit(joinPath(path, name))));
    } catch (error) {
      if (!(error instanceof NoNodeError)) throw error;
    }
  };
  await visit(root);
  return found;
}

function gist({ stat, value }: CachedNode<Uint8Array>): string {
  return `${stat.czxid}/${stat.mzxid}/${stat.version}:${Buffer.from(value ?? []).toString('latin1')}`;
}

function differing(what: string, ours: ReadonlyMap<string, string>, theirs: ReadonlyMap<string, string>): readonly string[] {
  const paths = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
  return paths
    .filter((path) => ours.get(path) !== theirs.get(path))
    .map((path) => `${what}: ${path} is ${ours.get(path)}, not ${theirs.get(path)}`);
}
