import type { Observable } from 'rxjs';
import {
  type Client,
  type Codec,
  decodeZnode,
  encodeValue,
  joinPath,
  NoNodeError,
  nameOf,
  parseOptions,
  RefusedError,
  validatePath,
} from '../../../src/index.ts';
import { completeOnClose } from '../../common/closing.ts';
import { type WaitOptions, waitOptions } from '../../common/wait-options.ts';
import { queueOptions } from '../queue-options.ts';
import { itemsTaken } from './items-taken.ts';
import type { SimpleItem } from './simple-item.ts';
import { SimpleItems, type Unusable } from './simple-items.ts';
import { type Fate, itemPrefix, SimpleNames } from './simple-names.ts';
import { TakeBounds } from './take-bounds.ts';

export interface SimpleQueueOptions<T> {
  /** How items stand in their znodes; the same for all who use the path. */
  readonly codec: Codec<T>;
  /** Where items go that do not decode, with the reason, so that they hold nobody up. Default: the queue's path with `-dead-letters` behind it. */
  readonly deadLetterPath?: string | undefined;
}

/** What a try to take an item has come to. */
interface Attempt<T> {
  readonly fate: Fate;
  readonly taken?: { readonly item: T };
}

const simpleQueueOptions = queueOptions.pick({ codec: true, deadLetterPath: true });

/**
 * The blocking queue of ZooKeeper's own recipes: each item is taken once, by one of those who ask, in the order of the puts, and is out of the queue before
 * it is handed over. There is no claim on it: whoever takes an item and dies has lost it. Where that must not be, use `Queue`.
 *
 * An item that does not decode goes to the dead letters, as with `Queue`, and the next one is taken. One that may not be read, or for which the dead letters
 * have no room, stays where it is and is passed over; `client.errors$` tells it.
 *
 * Takes wait out suspensions and lost sessions, and what a server refuses for the moment. A write whose reply was lost is never sent again unless it is certain that it was not applied; where nobody
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
  readonly #names: SimpleNames;
  readonly #items: SimpleItems;

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
    this.#names = new SimpleNames(client, path);
    this.#items = new SimpleItems(client, path, deadLetterPath);
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
      return nameOf((await this.#client.create(joinPath(this.path, itemPrefix), data, how)).path);
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
   * @throws {NoAuthError} we may not remove items
   * @throws the signal's reason, when aborted before an item was being removed
   */
  async take(options: WaitOptions = {}): Promise<T> {
    using bounds = this.#bounds(options, 'SimpleQueue.take');
    for (;;) {
      const taken = await this.#takeOut(await this.#names.awaitNext(bounds), bounds);
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
    }).pipe(completeOnClose(this.#client));
  }

  /**
   * Takes the first item if there is one, else resolves with null.
   *
   * @throws as `take`; `timeoutMs` bounds the round trips
   */
  async poll(options: WaitOptions = {}): Promise<T | null> {
    using bounds = this.#bounds(options, 'SimpleQueue.poll');
    for (;;) {
      const name = await this.#names.next(bounds);
      if (name === undefined) return null;
      const taken = await this.#takeOut(name, bounds);
      if (taken !== undefined) return taken.item;
    }
  }

  /**
   * The first item, which stays where it is, and may be taken meanwhile; null if there is none.
   *
   * @throws {TakeTimeoutError} no answer within `timeoutMs`
   * @throws {MalformedDataError} it does not decode
   */
  async peek(options: WaitOptions = {}): Promise<T | null> {
    using bounds = this.#bounds(options, 'SimpleQueue.peek');
    const looked = new Set<string>();
    for (;;) {
      const name = await this.#names.oldest(looked, bounds);
      if (name === undefined) return null;
      looked.add(name);
      const found = await this.#items.read(name, bounds);
      // One that may not be read is left to takes, which report it.
      if (found !== 'gone' && 'data' in found) return decodeZnode(found.path, this.#codec, found.data);
    }
  }

  #bounds(options: WaitOptions, what: string): TakeBounds {
    return new TakeBounds(this.#client, this.path, parseOptions(waitOptions, options, what));
  }

  /** Undefined if it is not ours to take: gone, changed meanwhile, or no item. */
  async #takeOut(name: string, bounds: TakeBounds): Promise<{ readonly item: T } | undefined> {
    let fate: Fate = 'there';
    try {
      const attempt = await this.#attempt(name, bounds);
      fate = attempt.fate;
      return attempt.taken;
    } finally {
      this.#names.settle(name, fate);
    }
  }

  async #attempt(name: string, bounds: TakeBounds): Promise<Attempt<T>> {
    const found = await this.#items.read(name, bounds);
    if (found === 'gone') return { fate: 'gone' };
    if ('trouble' in found) return this.#passOver(name, found);
    const decoded = this.#decode(found);
    if ('flaw' in decoded) {
      const end = await this.#items.putAside(found, decoded.flaw, bounds);
      return end === 'gone' ? { fate: 'gone' } : this.#passOver(name, end);
    }
    const removal = await this.#items.remove(found, decoded.item, bounds);
    if (removal === 'done') return { fate: 'gone', taken: decoded };
    return { fate: removal === 'changed' ? 'there' : 'gone' };
  }

  #passOver(name: string, { trouble }: Unusable): Attempt<T> {
    if (!this.#names.isPassedOver(name)) this.#client.reportError(trouble);
    return { fate: 'unusable' };
  }

  #decode({ path, data }: SimpleItem): { readonly item: T } | { readonly flaw: unknown } {
    try {
      return { item: decodeZnode(path, this.#codec, data) };
    } catch (flaw) {
      return { flaw };
    }
  }
}
