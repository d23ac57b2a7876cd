import { type Client, type WatchEvent, whenAborted } from '../../../src/index.ts';
import { inAnySession } from '../../common/in-any-session.ts';
import type { NodeEvent } from '../cached-node.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { type Batch, readWants } from './read-wants.ts';
import { TreeWatch } from './tree-watch.ts';

// Enough for one request to be worth its way, few enough for as many of the largest data that a server takes by default to fit the largest reply that a
// client takes by default (64 MiB).
const readsInOne = 50;

// So that the server always has the next one at hand.
const requestsInFlight = 8;

// To ask takes a session of its own: so many are read as fast.
const worthAsking = 2_000;

// Should the server have no room for another session, say.
const askingMs = 5_000;

/** What upkeep has to say. */
export interface UpkeepListener<T> {
  told(event: NodeEvent<T>): void;
  /** What came together has been told. */
  burstEnded(): void;
  /** From now on there is a gap, until `whole`. */
  gap(): void;
  /** Nothing is missing from the picture. */
  whole(): void;
  /** This cannot heal. */
  failed(error: unknown): void;
}

/** Does what a mirror asks for: watches, reads many at a time, and repairs it after gaps. */
export class Upkeep<T> {
  readonly #client: Client;
  readonly #root: string;
  readonly #mirror: Mirror<T>;
  readonly #withData: boolean;
  readonly #listener: UpkeepListener<T>;
  readonly #watch: TreeWatch;
  readonly #closing = new AbortController();
  readonly #stop: (() => void)[] = [];
  /** Ends what was asked before the last gap. */
  #epoch = new AbortController();
  #inFlight = 0;
  /** In a gap nothing is read: it may be missed that it changes. */
  #isInGap = false;

  constructor(
    client: Client,
    { root, mirror, withData, isDeep }: { root: string; mirror: Mirror<T>; withData: boolean; isDeep: boolean },
    listener: UpkeepListener<T>,
  ) {
    this.#client = client;
    this.#root = root;
    this.#mirror = mirror;
    this.#withData = withData;
    this.#listener = listener;
    this.#watch = new TreeWatch(client, root, isDeep, {
      told: (event) => this.#attempt(() => this.#told(event)),
      failed: (error) => this.#fail(error),
    });
  }

  /** Begins to watch and to read, in this tick. */
  start(): void {
    this.#stop.push(whenAborted(this.#closing.signal, (reason) => this.#epoch.abort(reason)));
    const states = this.#client.state$.subscribe((state) => {
      if (state === 'suspended' || state === 'lost') this.#lostContact();
    });
    this.#stop.push(() => states.unsubscribe());
    this.#watch.follow(this.#root);
    this.#mirror.suspect([]);
    this.#read();
  }

  /** All that is known to have changed by now has to be read before the picture is whole again. */
  expectAll(): void {
    this.#mirror.nodes.oweAll();
    this.#mirror.lists.oweAll();
    this.#settle();
  }

  /** Whether nothing is missing from the picture. */
  get isWhole(): boolean {
    return !this.#isInGap && this.#mirror.isWhole;
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new Error('the cache is closed'));
    for (const stop of this.#stop) stop();
    this.#watch.close();
    this.#mirror.clear();
  }

  /** Answers that come yet may show what happens from now on, untold: they do not count. */
  #lostContact(): void {
    this.#epoch.abort(new Error('what was read is from before a gap'));
    this.#mirror.recall();
    if (this.#isInGap) return;
    this.#isInGap = true;
    this.#listener.gap();
  }

  #told(event: WatchEvent): void {
    // Watches on single znodes have small gaps of their own, between one and the next.
    const isAboutAll = this.#isInGap || this.#watch.isRecursive;
    if (event.type === 'resync' && event.path === this.#root && isAboutAll) return this.#repair();
    this.#tell(this.#mirror.told(event));
    this.#listener.burstEnded();
    this.#read();
  }

  /** The watch is set, and something may have been missed before. */
  #repair(): void {
    this.#lostContact();
    this.#epoch = new AbortController();
    // It never rejects.
    void this.#repairIn(this.#epoch.signal);
  }

  async #repairIn(epoch: AbortSignal): Promise<void> {
    await this.#unlessOver(epoch, async () => {
      // Another server may be behind the one that we have read from.
      await this.#inAnySession(epoch, () => this.#client.sync(this.#root, { signal: epoch }));
      const suspects = await this.#suspects(epoch);
      epoch.throwIfAborted();
      this.#isInGap = false;
      this.#mirror.suspect(suspects);
      this.#read();
    });
  }

  /** Which znodes of the picture may have changed: all of a small one; of a large one, those of which the server says so. */
  async #suspects(epoch: AbortSignal): Promise<Iterable<string>> {
    const { picture, completeTo } = this.#mirror;
    const paths = [...picture.nodes()].map(({ path }) => path);
    if (paths.length < worthAsking || !this.#watch.isRecursive) return paths;
    try {
      return await this.#client.changedSince(completeTo, paths, { signal: epoch, timeoutMs: askingMs });
    } catch (error) {
      epoch.throwIfAborted();
      this.#client.logger.info({ err: error }, `${this.#root}: it is read anew, since nobody tells what has changed`);
      return paths;
    }
  }

  #read(): void {
    while (!this.#isInGap && this.#inFlight < requestsInFlight) {
      const nodes = this.#mirror.nodes.take(readsInOne);
      const lists = this.#mirror.lists.take(readsInOne - nodes.length);
      if (nodes.length + lists.length === 0) return;
      // It never rejects.
      void this.#readBatch({ nodes, lists }, this.#epoch.signal);
    }
  }

  async #readBatch(batch: Batch, epoch: AbortSignal): Promise<void> {
    this.#inFlight += 1;
    for (const { path } of batch.nodes) this.#watch.follow(path);
    await this.#unlessOver(epoch, async () => {
      const { nodes, lists } = await this.#inAnySession(epoch, () => readWants(this.#client, batch, this.#withData, { signal: epoch }));
      epoch.throwIfAborted();
      for (const [index, want] of batch.nodes.entries()) {
        this.#tell(this.#mirror.readNode(want, nodes[index]));
        this.#unfollow(want.path);
      }
      for (const [index, want] of batch.lists.entries()) this.#tell(this.#mirror.readList(want, lists[index]));
    });
    this.#inFlight -= 1;
    if (this.#closing.signal.aborted) return;
    this.#listener.burstEnded();
    this.#settle();
    this.#read();
  }

  #tell(events: readonly NodeEvent<T>[]): void {
    for (const event of events) {
      if (event.type === 'removed') this.#unfollow(event.path);
      this.#listener.told(event);
    }
  }

  /** Unless it is there, or may be. */
  #unfollow(path: string): void {
    if (this.#mirror.picture.get(path) === undefined && !this.#mirror.nodes.has(path)) this.#watch.unfollow(path);
  }

  #settle(): void {
    if (!this.isWhole) return;
    this.#mirror.settled();
    this.#listener.whole();
  }

  /** Does it until it has worked, in whatever session there is. Begins in the tick of the call. */
  async #inAnySession<R>(epoch: AbortSignal, work: () => Promise<R>): Promise<R> {
    const { result } = await inAnySession(this.#client, epoch, async () => ({ result: await work() }));
    return result;
  }

  async #unlessOver(epoch: AbortSignal, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!epoch.aborted) this.#fail(error);
    }
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.close();
    this.#listener.failed(error);
  }
}
