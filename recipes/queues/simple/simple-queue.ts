import type { Observable } from 'rxjs';
import {
  BadVersionError,
  type Client,
  type Codec,
  Deadline,
  decodeZnode,
  encodeValue,
  joinPath,
  NoNodeError,
  nameOf,
  OperationError,
  OutcomeUnknownError,
  parseOptions,
  RefusedError,
  TakeTimeoutError,
  validatePath,
} from '../../../src/index.ts';
import { unlessGone } from '../../common/unless-gone.ts';
import { type WaitOptions, waitOptions } from '../../common/wait-options.ts';
import { queueOptions } from '../queue-options.ts';
import { itemsTaken } from './items-taken.ts';
import { bury, type SimpleItem } from './simple-burial.ts';
import { itemPrefix, SimpleNames } from './simple-names.ts';

export interface SimpleQueueOptions<T> {
  /** How items stand in their znodes; the same for all who use the path. */
  readonly codec: Codec<T>;
  /** Where items go that do not decode, with the reason, so that they hold nobody up. Default: the queue's path with `-dead-letters` behind it. */
  readonly deadLetterPath?: string | undefined;
}

const simpleQueueOptions = queueOptions.pick({ codec: true, deadLetterPath: true });

// What waits does so for as long as the servers are out of reach, unless the caller has set a bound.
const longestTimeoutMs = 2 ** 31 - 1;

/**
 * The blocking queue of ZooKeeper's own recipes: each item is taken once, by one of those who ask, in the order of the puts, and is out of the queue before
 * it is handed over. There is no claim on it: whoever takes an item and dies has lost it. Where that must not be, use `Queue`.
 *
 * An item that does not decode goes to the dead letters, as with `Queue`, and the line goes on.
 *
 * Takes wait out suspensions and lost sessions. A write whose reply was lost is never sent again unless it is certain that it was not applied; where nobody
 * can tell, `OutcomeUnknownError` says so.
 *
 * @example
 * const queue = new SimpleQueue(client, '/jobs', { codec: text });
 * await queue.offer('resize 17');
 * const job = await queue.take({ timeoutMs: 60_000 });
 *
 * @see Curator `SimpleDistributedQueue`, ZooKeeper's recipe `DistributedQueue`: same znodes, so all may put and take at one path
 */
export class SimpleQueue<T> {
  readonly path: string;
  readonly #client: Client;
  readonly #codec: Codec<T>;
  readonly #deadLetterPath: string;
  readonly #names: SimpleNames;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: SimpleQueueOptions<T>) {
    validatePath(path, 'SimpleQueue.path');
    const { deadLetterPath = `${path}-dead-letters` } = parseOptions(simpleQueueOptions, options, 'SimpleQueue.options');
    validatePath(deadLetterPath, 'SimpleQueue.options.deadLetterPath');
    this.path = path;
    this.#client = client;
    this.#codec = options.codec;
    this.#deadLetterPath = deadLetterPath;
    this.#names = new SimpleNames(client, path);
  }

  /**
   * Puts an item at the end, and resolves with its znode's name once it is there. One request.
   *
   * @param options `timeoutMs` is `operationTimeoutMs` of the client by default
   * @throws {OutcomeUnknownError} the reply was lost, and others have put or taken meanwhile: it may or may not be there
   * @throws {OperationTimeoutError} no answer in time; its `outcome` tells whether the item may be there
   * @throws {InvalidArgumentError} the codec cannot write it
   * @throws {RequestTooLargeError} it is larger than a znode may be
   * @throws the signal's reason, when aborted: it may or may not be there
   */
  async offer(item: T, options: WaitOptions = {}): Promise<string> {
    const bounds = parseOptions(waitOptions, options, 'SimpleQueue.offer');
    const data = encodeValue('SimpleQueue.offer.item', this.#codec, item);
    // Not protected: others would not see that it is an item.
    const how = { ...bounds, mode: 'persistent-sequential', protect: false, parents: true } as const;
    try {
      return nameOf((await this.#client.create(this.#pathOf(itemPrefix), data, how)).path);
    } catch (error) {
      // Somebody took it before a driver that creates without a stat could ask for that.
      if (error instanceof RefusedError && error.code === 'NONODE' && !(error instanceof NoNodeError)) return nameOf(error.path);
      throw error;
    }
  }

  /**
   * Takes the first item, and waits for one if there is none. Two requests, and a listing from time to time.
   *
   * @throws {TakeTimeoutError} none within `timeoutMs`
   * @throws {OutcomeUnknownError} the reply to its removal was lost: we may have removed it, or another. Its `request.item` is the item
   * @throws the signal's reason, when aborted before an item was being removed
   */
  async take(options: WaitOptions = {}): Promise<T> {
    using deadline = this.#deadline(options, 'SimpleQueue.take');
    for (;;) {
      const taken = await this.#takeOut(await this.#names.awaitNext(deadline.signal), deadline.signal);
      if (taken !== undefined) return taken.item;
    }
  }

  /**
   * Items as they are taken. Subscribing begins; unsubscribing ends, and an item that was under way then goes back, to the end. The next one is taken as soon as
   * the subscriber's function returns, so where items are handled more slowly than they come, they gather in this process: `take`, or `Queue`, waits.
   *
   * Fails as `take` does. What goes wrong after the end is told by `client.errors$`, among it `UndeliveredItemError`.
   */
  get items$(): Observable<T> {
    return itemsTaken({
      path: this.path,
      take: (signal) => this.take({ signal }),
      putBack: (item) => this.offer(item),
      reportError: (error) => this.#client.reportError(error),
    });
  }

  /**
   * Takes the first item if there is one, else resolves with null.
   *
   * @throws as `take`; `timeoutMs` bounds the round trips
   */
  async poll(options: WaitOptions = {}): Promise<T | null> {
    using deadline = this.#deadline(options, 'SimpleQueue.poll');
    for (;;) {
      const name = await this.#names.next(deadline.signal);
      if (name === undefined) return null;
      const taken = await this.#takeOut(name, deadline.signal);
      if (taken !== undefined) return taken.item;
    }
  }

  /**
   * The first item, which stays where it is; null if there is none.
   *
   * @throws {TakeTimeoutError} no answer within `timeoutMs`
   * @throws {MalformedDataError} it does not decode
   */
  async peek(options: WaitOptions = {}): Promise<T | null> {
    using deadline = this.#deadline(options, 'SimpleQueue.peek');
    for (;;) {
      const name = await this.#names.next(deadline.signal);
      if (name === undefined) return null;
      let isGone = false;
      try {
        const found = await this.#read(name, deadline.signal);
        if (found !== undefined) return decodeZnode(found.path, this.#codec, found.data);
        isGone = true;
      } finally {
        this.#names.settle(name, isGone);
      }
    }
  }

  #deadline(options: WaitOptions, what: string): Deadline {
    const { timeoutMs, signal } = parseOptions(waitOptions, options, what);
    const deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, () => new TakeTimeoutError(this.path, timeoutMs ?? 0));
    deadline.signal.throwIfAborted();
    return deadline;
  }

  /** Undefined if it is not ours to take: gone, changed meanwhile, or no item. */
  async #takeOut(name: string, signal: AbortSignal): Promise<{ readonly item: T } | undefined> {
    let isGone = false;
    try {
      const found = await this.#read(name, signal);
      isGone = found === undefined;
      if (found === undefined) return undefined;
      const decoded = this.#decode(found);
      if ('item' in decoded) {
        const removal = await this.#remove(found, decoded.item);
        isGone = removal !== 'changed';
        return removal === 'done' ? decoded : undefined;
      }
      await bury(this.#client, this.#deadLetterPath, found, decoded.flaw);
      return undefined;
    } finally {
      this.#names.settle(name, isGone);
    }
  }

  #decode({ path, data }: SimpleItem): { readonly item: T } | { readonly flaw: unknown } {
    try {
      return { item: decodeZnode(path, this.#codec, data) };
    } catch (flaw) {
      return { flaw };
    }
  }

  /** Not bound by the caller's signal: what has begun to leave the queue is handed over. */
  async #remove({ path, stat }: SimpleItem, item: T): Promise<'done' | 'changed' | 'taken by another'> {
    try {
      await this.#client.delete(path, { version: stat.version });
      return 'done';
    } catch (error) {
      if (error instanceof NoNodeError) return 'taken by another';
      if (error instanceof BadVersionError) return 'changed';
      if (error instanceof OperationError && error.outcome === 'unknown') throw unknownTake(path, item, error);
      throw error;
    }
  }

  async #read(name: string, signal: AbortSignal): Promise<SimpleItem | undefined> {
    const path = this.#pathOf(name);
    const node = await unlessGone(this.#client.get(path, { signal, timeoutMs: longestTimeoutMs }));
    return node === undefined ? undefined : { name, path, ...node };
  }

  #pathOf(name: string): string {
    return joinPath(this.path, name);
  }
}

function unknownTake(path: string, item: unknown, cause: OperationError): OutcomeUnknownError {
  return new OutcomeUnknownError('take', path, { item }, cause);
}
