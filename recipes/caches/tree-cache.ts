import { defer, map, type Observable, ReplaySubject, Subject, startWith } from 'rxjs';
import {
  bytes,
  CacheClosedError,
  CacheLimitError,
  CacheNotReadyError,
  type Client,
  type Codec,
  Deadline,
  first,
  nameOf,
  noData,
  parseOptions,
  validatePath,
} from '../../src/index.ts';
import { isClosing } from '../common/closing.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import { type CacheLimits, parseTreeCacheOptions, type TreeCacheOptions } from './cache-options.ts';
import type { CachedNode, CacheEvent, CacheState, NodeEvent } from './cached-node.ts';
import { Mirror } from './mirror/mirror.ts';
import { scopeOf } from './mirror/scope.ts';
import { Upkeep } from './upkeep/upkeep.ts';

/**
 * A live local picture of a znode and all below it. It need not exist yet; it may go and come back.
 *
 * At rest the picture is the server's tree. It never shows an older state of a znode after a newer one, and every change that is seen is told once. While
 * there is no contact it answers from the last picture (`state` is `stale`); when contact is back, in whatever session, what was missed is found out by
 * comparing zxids, and told before the next `resync`. Of several changes of one znode that come quickly, or during a gap, the last may be all that is seen.
 *
 * @example
 * await using tree = new TreeCache(client, '/services', { codec: json(service) });
 * tree.events$.subscribe((event) => console.log(event.type, event.path));
 * await tree.start({ timeoutMs: 10_000 });
 * console.log(tree.children('/services'), tree.get('/services/search')?.value);
 *
 * @see Curator `CuratorCache`, `TreeCache`
 */
export class TreeCache<T = Uint8Array> implements AsyncDisposable {
  readonly path: string;
  readonly #client: Client;
  readonly #mirror: Mirror<T>;
  readonly #upkeep: Upkeep<T>;
  readonly #limits: CacheLimits;
  readonly #state$ = new ReplaySubject<CacheState>(1);
  readonly #events$ = new Subject<CacheEvent<T>>();
  readonly #bursts$ = new Subject<void>();
  readonly #whole$ = new Subject<void>();
  #snapshot: ReadonlyMap<string, CachedNode<T>> | undefined;
  #state: CacheState = { kind: 'idle' };
  #isLoaded = false;

  /**
   * Does no I/O.
   *
   * @param path of the root
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: TreeCacheOptions<T> = {}) {
    validatePath(path, 'TreeCache.path');
    const { maxNodes, maxBytes, maxDepth, accept } = parseTreeCacheOptions(options);
    // Without a codec, T is what it is by default: bytes.
    const codec = options.codec ?? (bytes as Codec<unknown> as Codec<T>);
    this.#state$.next(this.#state);
    this.path = path;
    this.#client = client;
    this.#limits = { maxNodes, maxBytes };
    const scope = scopeOf(path, maxDepth, accept, client.capabilities.persistentWatches);
    this.#mirror = new Mirror(scope, codec);
    const terms = { root: path, mirror: this.#mirror, withData: !Object.is(codec, noData), isDeep: maxDepth > 0 };
    this.#upkeep = new Upkeep(client, terms, {
      told: (event) => this.#told(event),
      burstEnded: () => this.#burstEnded(),
      gap: () => {
        if (this.state === 'live') this.#move({ kind: 'stale' });
      },
      whole: () => this.#whole(),
      failed: (error) => this.#failed(error),
    });
  }

  /**
   * Begins to watch and to read, in this tick, and resolves when the first picture is whole; it is empty if there is no such znode. Waits for contact as long as
   * it takes. Idempotent: whoever calls it again waits for the same.
   *
   * @throws {CacheNotReadyError} not within `timeoutMs`. It goes on reading; so it does when the signal aborts
   * @throws {CacheClosedError}
   * @throws what it has failed with, and the signal's reason, when aborted
   */
  async start(options: WaitOptions = {}): Promise<void> {
    const bounds = parseOptions(waitOptions, options, 'TreeCache.start');
    await this.#within(bounds, (signal) => this.#started(signal));
  }

  /**
   * Resolves when the picture has all that anybody has written before the call. Starts the cache if it was not.
   *
   * @throws {CacheNotReadyError} not within `timeoutMs`
   * @throws {CacheClosedError}
   * @throws what it has failed with, and the signal's reason, when aborted
   */
  async synced(options: WaitOptions = {}): Promise<void> {
    const bounds = parseOptions(waitOptions, options, 'TreeCache.synced');
    await this.#within(bounds, async (signal) => {
      await this.#started(signal);
      // What was written is told before the answer to this.
      await this.#client.sync(this.path, { signal });
      this.#throwIfOver();
      this.#upkeep.expectAll();
      if (!this.#upkeep.isWhole) await first(this.#whole$, signal);
    });
  }

  /** Takes the watches off the server, completes the streams, and forgets the picture. Idempotent, never rejects. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#upkeep.close();
    this.#end({ kind: 'closed' });
    this.#whole$.error(new CacheClosedError(this.path));
    this.#events$.complete();
    this.#bursts$.complete();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What it is going through. */
  get state(): CacheState['kind'] {
    return this.#state.kind;
  }

  /** What it is going through, now and later; completes after `closed` or `failed`. */
  get state$(): Observable<CacheState> {
    return this.#state$.asObservable();
  }

  /** The znode at that path, if there is one and it is part of the picture. */
  get(path: string): CachedNode<T> | undefined {
    return this.#mirror.picture.get(path);
  }

  /** Names of the znode's children, sorted; those that are part of the picture. */
  children(path: string): readonly string[] {
    return [...this.#mirror.picture.childPaths(path)].map(nameOf).sort();
  }

  /** All znodes of the picture, in no order. Of the picture as it is: what changes while you walk may or may not be met. */
  entries(): Iterable<CachedNode<T>> {
    return this.#mirror.picture.nodes();
  }

  /** How many znodes there are in the picture. */
  get size(): number {
    return this.#mirror.picture.size;
  }

  /**
   * What becomes of znodes, as it is told; nothing of before the subscription. Subscribe before `start` to be told of the first picture as well. By the time of
   * an event, `get` shows what it tells, or something newer. Completes when the cache is closed, errors with what it fails with.
   */
  get events$(): Observable<CacheEvent<T>> {
    return this.#events$.asObservable();
  }

  /**
   * The present picture by path, once there is a whole one, and each later one: a new map after each burst of changes, or after a gap when it is whole again. It
   * costs a copy of the map for as long as anybody listens: for large trees use `events$`. Completes and errors as `events$` does.
   */
  get nodes$(): Observable<ReadonlyMap<string, CachedNode<T>>> {
    return defer(() => (this.#isLoaded ? this.#bursts$.pipe(startWith(undefined)) : this.#bursts$)).pipe(map(() => this.#present()));
  }

  get #isOver(): boolean {
    return this.state === 'closed' || this.state === 'failed';
  }

  #throwIfOver(): void {
    if (this.#state.kind === 'closed') throw new CacheClosedError(this.path);
    if (this.#state.kind === 'failed') throw this.#state.error;
  }

  async #started(signal: AbortSignal): Promise<void> {
    this.#throwIfOver();
    signal.throwIfAborted();
    if (this.state === 'idle') {
      this.#move({ kind: 'loading' });
      this.#upkeep.start();
    }
    if (!this.#isLoaded) await first(this.#whole$, signal);
  }

  async #within(bounds: WaitOptions, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { timeoutMs } = bounds;
    using deadline = new Deadline(this.#client.clock, bounds, () => new CacheNotReadyError(this.path, timeoutMs ?? 0));
    await work(deadline.signal);
  }

  #told(event: NodeEvent<T>): void {
    const { picture } = this.#mirror;
    const { maxNodes, maxBytes } = this.#limits;
    if (picture.size > maxNodes) throw new CacheLimitError(this.path, 'maxNodes', maxNodes);
    if (picture.bytes > maxBytes) throw new CacheLimitError(this.path, 'maxBytes', maxBytes);
    this.#snapshot = undefined;
    this.#events$.next(event);
  }

  #burstEnded(): void {
    if (this.state === 'live' && this.#snapshot === undefined) this.#bursts$.next();
  }

  #whole(): void {
    const isNews = this.state !== 'live';
    this.#isLoaded = true;
    if (isNews) {
      this.#move({ kind: 'live' });
      this.#events$.next({ type: 'resync', path: this.path });
      this.#bursts$.next();
    }
    this.#whole$.next();
  }

  #failed(error: unknown): void {
    const isHeard = [this.#events$, this.#bursts$, this.#whole$].some(({ observed }) => observed);
    this.#end({ kind: 'failed', error });
    this.#whole$.error(error);
    for (const stream$ of [this.#events$, this.#bursts$]) {
      if (isClosing(error)) stream$.complete();
      else stream$.error(error);
    }
    if (!isHeard && !isClosing(error) && error instanceof Error) this.#client.reportError(error);
  }

  #end(state: CacheState): void {
    this.#isLoaded = false;
    this.#snapshot = undefined;
    this.#move(state);
    this.#state$.complete();
  }

  #move(state: CacheState): void {
    this.#state = state;
    this.#state$.next(state);
  }

  #present(): ReadonlyMap<string, CachedNode<T>> {
    this.#snapshot ??= this.#mirror.picture.byPath();
    return this.#snapshot;
  }
}
