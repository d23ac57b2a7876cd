import type { Observable } from 'rxjs';
import type { z } from 'zod';
import {
  type Client,
  type Clock,
  type Codec,
  Deadline,
  encodeValue,
  InvalidArgumentError,
  joinPath,
  never,
  parseOptions,
  positiveMs,
  TakeTimeoutError,
  validatePath,
} from '../../src/index.ts';
import { completeOnClose } from '../common/closing.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import { identityData, processIdentity } from '../line/identity.ts';
import { BacklogWatcher } from './backlog-watcher.ts';
import { consumeAtLeastOnce, consumeAtMostOnce } from './consume.ts';
import { type ConsumeOptions, consumeOptions, type DeliveryOptions, deliveryOptions } from './consume-options.ts';
import { type DeadLetter, deadLettersAt, redrive } from './dead-letter-list.ts';
import { DeliveryIterator, deliveriesOn } from './deliveries.ts';
import type { Delivery } from './delivery.ts';
import { DeliveryStream } from './delivery-stream.ts';
import { depthOf } from './depth.ts';
import type { ItemNames } from './items/item-names.ts';
import { oldestAgeOf } from './oldest-age.ts';
import { Producer } from './putting/producer.ts';
import type { QueueContext } from './queue-context.ts';
import { type PutOptions, type putOptions, type QueueOptions, queueOptions } from './queue-options.ts';
import { type QueuedItem, queuedItems } from './queued-items.ts';
import { Receiver, takeOne } from './receive.ts';
import { removeItems } from './remove-items.ts';
import { Settler } from './settler.ts';

/** What tells one kind of queue from the others. */
export interface QueueKind {
  /** The recipe's name, for errors about its options. */
  readonly recipe: string;
  readonly order: Pick<ItemNames<never>, 'sorted' | 'dueMs' | 'newcomers'>;
  /** Reads the options of a put: its bounds, and what the names of its items begin with. */
  readonly readPut: (
    options: unknown,
    what: string,
    clock: Clock,
  ) => { readonly bounds: z.output<typeof putOptions>; readonly prefix: string };
}

/**
 * What all queues have in common: everything but where in the queue an item is put. Made by `Queue`, `PriorityQueue`, `DelayQueue` and `IdQueue`.
 *
 * **Putting.** A put that resolves is in the queue, once, until a consumer has dealt with it. A put that rejects is not, unless it rejects with
 * `OutcomeUnknownError`, an `OperationTimeoutError` whose outcome is `unknown`, or the reason of its signal: then its reply was lost, and if a consumer has
 * taken the item at once, nobody can tell. docent never puts again what may have been put.
 *
 * **Taking.** *At least once* (`consume`, `deliveries`, `deliveries$`, `receive`): an item is in the queue until it has been acknowledged; while it is handled a
 * claim keeps others off, which goes with the session of a consumer that dies. *At most once* (`consume` with that safety, `take`): an item is removed, and
 * then handled. All consumers of a queue have to go by the same.
 *
 * While suspended, consumers go on with what they have in hand and take nothing new; after a loss they go on in the next session, and others may be given
 * what was in hand.
 *
 * @see Curator `DistributedQueue` and its siblings: same znodes, so that Java and TypeScript share a queue
 */
export abstract class ItemQueue<T, Placement extends object> {
  readonly path: string;
  readonly #client: Client;
  readonly #kind: QueueKind;
  readonly #codec: Codec<T>;
  readonly #producer: Producer;
  readonly #context: QueueContext<T>;
  readonly #settler: Settler;
  /** Of items that Curator has put into one znode together, and that were removed together: those that are left for the next calls. */
  readonly #taken: T[] = [];
  readonly #receiver: Receiver<T>;

  protected constructor(client: Client, path: string, options: QueueOptions<T>, kind: QueueKind) {
    validatePath(path, `${kind.recipe}.path`);
    const what = `${kind.recipe}.options`;
    const { lockPath = `${path}-locks`, deadLetterPath = `${path}-dead-letters`, ...rest } = parseOptions(queueOptions, options, what);
    validatePlaces({ path, lockPath, deadLetterPath }, what);
    this.path = path;
    this.#client = client;
    this.#kind = kind;
    this.#codec = options.codec;
    this.#producer = new Producer(client, path, rest.maxItems);
    this.#settler = new Settler(client);
    this.#context = {
      client,
      path,
      lockPath,
      deadLetterPath,
      codec: options.codec,
      maxDeliveries: rest.maxDeliveries,
      backlog: new BacklogWatcher(client, { path, lockPath }, kind.order),
      claimData: identityData(processIdentity, this),
    };
    this.#receiver = new Receiver(this.#context, this.#settler);
  }

  /**
   * Puts an item, and resolves with the name of its znode when the servers have it. One request.
   *
   * @throws {QueueFullError} it has `maxItems`, and `whenFull` is `fail`, or the time was over
   * @throws {OutcomeUnknownError} the reply was lost, and nobody can tell whether it was put
   * @throws {RequestTooLargeError} it does not fit into a znode
   * @throws {InvalidArgumentError} the codec cannot write it
   */
  async put(item: T, options: PutOptions & Placement): Promise<string> {
    const { bounds, prefix } = this.#kind.readPut(options, this.#what('put'), this.#client.clock);
    return await this.#producer.put(prefix, encodeValue(this.#what('put.item'), this.#codec, item), bounds);
  }

  /**
   * Puts many items, in order, and resolves with the names of their znodes. They go in transactions of up to 200 items and half a megabyte, one after the other:
   * each is all or nothing. Over a driver without transactions they go one by one, in one flight.
   *
   * @throws {PartlyPutError} something went wrong after some of them; it names those that are in the queue for certain, and its cause tells of the next ones
   * @throws as `put`, if none is
   */
  async putAll(items: readonly T[], options: PutOptions & Placement): Promise<readonly string[]> {
    const { bounds, prefix } = this.#kind.readPut(options, this.#what('putAll'), this.#client.clock);
    const payloads = items.map((item, index) => encodeValue(this.#what(`putAll.items.${index}`), this.#codec, item));
    return await this.#producer.putAll(prefix, payloads, bounds);
  }

  /**
   * Waits for an item, removes it and resolves with it: at most once. If the time is over, or the signal aborts, while a removal is on its way, that is seen
   * through, and what it has removed is still handed over.
   *
   * @throws {TakeTimeoutError} none within `timeoutMs`
   * @throws {OutcomeUnknownError} the session was over before it was known whether we have removed an item that is gone
   * @throws the signal's reason
   */
  async take(options: WaitOptions = {}): Promise<T> {
    return await this.#bounded('take', options, async (signal) => {
      const left = this.#taken.splice(0, 1);
      const [first, ...others] = left.length > 0 ? left : await takeOne(this.#context, signal);
      this.#taken.push(...others);
      return first;
    });
  }

  /**
   * Waits for an item and claims it: at least once. It stays in the queue until you acknowledge it.
   *
   * @throws {TakeTimeoutError} none within `timeoutMs`
   * @throws the signal's reason
   */
  async receive(options: WaitOptions = {}): Promise<Delivery<T>> {
    return await this.#bounded('receive', options, (signal) => this.#receiver.receive(signal));
  }

  /**
   * Handles items until the signal aborts; resolves when all that was taken by then has been handled. At least once by default: an item is acknowledged when
   * its handler has resolved, and given back when it fails, to be handled again; what fails `maxDeliveries` times goes to the dead letters. With
   * `safety: 'at-most-once'` it is removed first, and an error of the handler goes to `client.errors$`.
   *
   * @throws what keeps it from going on: no permission, refused credentials, a closed client
   */
  consume(
    handler: (item: T, delivery: Delivery<T>) => unknown,
    options?: ConsumeOptions & { readonly safety?: 'at-least-once' | undefined },
  ): Promise<void>;
  consume(handler: (item: T) => unknown, options: ConsumeOptions & { readonly safety: 'at-most-once' }): Promise<void>;
  async consume(handler: (item: T, delivery: Delivery<T>) => unknown, options: ConsumeOptions = {}): Promise<void> {
    const { safety, ...rest } = parseOptions(consumeOptions, options, this.#what('consume'));
    if (safety === 'at-least-once') return await consumeAtLeastOnce(this.#context, this.#settler, handler, rest);
    // The overloads have it that such a handler takes nothing but the item.
    await consumeAtMostOnce(this.#context, handler as (item: T) => unknown, rest);
  }

  /**
   * Subscribing begins to take items, unsubscribing ends it. No more than `concurrency` deliveries are unsettled at a time, so each has to be acknowledged,
   * released or rejected. Goes on across sessions; errors only with what keeps it from going on.
   */
  deliveries$(options: DeliveryOptions = {}): Observable<Delivery<T>> {
    const parsed = parseOptions(deliveryOptions, options, this.#what('deliveries$'));
    const open = () => new DeliveryStream(this.#context, this.#settler, { ...parsed, givesBackRest: false });
    return deliveriesOn(open).pipe(completeOnClose(this.#client));
  }

  /**
   * As `deliveries$`, for `for await`: nothing is taken before the loop asks for it. It ends when the signal aborts. When the loop is left by `break` or by an
   * error, the delivery that it was at is given back unless it is settled, and cannot be settled any more; earlier ones, with `concurrency`, are still their
   * handlers' to settle.
   */
  deliveries(options: DeliveryOptions & { readonly signal?: AbortSignal | undefined } = {}): AsyncIterableIterator<Delivery<T>> {
    const parsed = parseOptions(deliveryOptions, options, this.#what('deliveries'));
    const open = () => new DeliveryStream(this.#context, this.#settler, { ...parsed, givesBackRest: false });
    return new DeliveryIterator(open, parsed.signal);
  }

  /** How many znodes there are in the queue, now and whenever that changes. */
  get depth$(): Observable<number> {
    return depthOf(this.#client, this.path);
  }

  /**
   * For how long the oldest item has been in the queue, in milliseconds by the server's clock and ours, told every so often; null while there is none. To find
   * the oldest the queue is listed, once in that time at the most.
   *
   * @param options `everyMs`: default 1000
   */
  oldestAge$({ everyMs = 1_000 }: { readonly everyMs?: number } = {}): Observable<number | null> {
    return oldestAgeOf(this.#client, this.path, parseOptions(positiveMs, everyMs, this.#what('oldestAge$.everyMs')));
  }

  /**
   * The items that are in the queue, in the order in which they will be taken; those in somebody's hands included.
   *
   * @param options `limit`: how many to look at. Default: all
   */
  async items({ limit = Number.POSITIVE_INFINITY }: { readonly limit?: number } = {}): Promise<readonly QueuedItem[]> {
    return await queuedItems(this.#client, this.path, (names) => this.#kind.order.sorted(names), limit);
  }

  /** The items that nobody could handle. */
  async deadLetters(): Promise<readonly DeadLetter[]> {
    return await deadLettersAt(this.#client, this.#context.deadLetterPath);
  }

  /**
   * Puts a dead letter back into the queue, behind what is there, with its priority, due time or id, and with no deliveries counted.
   *
   * @param name of the dead letter
   * @throws {NoNodeError} there is none of that name
   */
  async redrive(name: string): Promise<void> {
    await redrive(this.#client, joinPath(this.#context.deadLetterPath, name), this.path, never);
  }

  /** Removes those of the items that nobody has in hand, and resolves with how many they were. */
  protected async removeItems(isWanted: (name: string) => boolean): Promise<number> {
    return await removeItems(this.#context, isWanted);
  }

  async #bounded<Taken>(call: string, options: WaitOptions, get: (signal: AbortSignal) => Promise<Taken | undefined>): Promise<Taken> {
    const { timeoutMs, signal } = parseOptions(waitOptions, options, this.#what(call));
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, () => new TakeTimeoutError(this.path, timeoutMs ?? 0));
    deadline.signal.throwIfAborted();
    const taken = await get(deadline.signal);
    if (taken === undefined) throw deadline.signal.reason;
    return taken;
  }

  #what(part: string): string {
    return `${this.#kind.recipe}.${part}`;
  }
}

/** @throws {InvalidArgumentError} */
function validatePlaces(places: { readonly path: string; readonly lockPath: string; readonly deadLetterPath: string }, what: string): void {
  validatePath(places.lockPath, `${what}.lockPath`);
  validatePath(places.deadLetterPath, `${what}.deadLetterPath`);
  const { path, lockPath, deadLetterPath } = places;
  if (lockPath === path) throw new InvalidArgumentError(`${what}.lockPath`, lockPath, 'must not be the path of the queue');
  if (deadLetterPath === path)
    throw new InvalidArgumentError(`${what}.deadLetterPath`, deadLetterPath, 'must not be the path of the queue');
}
