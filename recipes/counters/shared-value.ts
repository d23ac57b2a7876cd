import { type Observable, Observable as ObservableOf, ReplaySubject, type Subscriber, share } from 'rxjs';
import { z } from 'zod';
import {
  type Client,
  type Codec,
  decodeZnode,
  encodeValue,
  type NodeData,
  parseOptions,
  type Stat,
  validatePath,
} from '../../src/index.ts';
import { completeOnClose } from '../common/closing.ts';
import { codecOption } from '../common/codec-option.ts';
import { frozen } from '../common/frozen.ts';
import { inAnySession } from '../common/in-any-session.ts';
import { unlessGone } from '../common/unless-gone.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import { type Revision, VersionedZnode } from './ledger/versioned-znode.ts';
import { type ReadOptions, readOptions } from './read-options.ts';
import { within } from './within.ts';

export interface SharedValueOptions<T> {
  /** How the value stands in the znode. */
  readonly codec: Codec<T>;
  /** What the znode gets if it is not there. */
  readonly seed: T;
}

/** A value, and which of all that the znode has had. */
export interface Versioned<T> extends Revision {
  readonly value: T;
  /** How often the znode had been changed. */
  readonly version: number;
  /** Of the znode's creation. */
  readonly czxid: bigint;
  /** Of the change that made the value: larger for every later one. */
  readonly mzxid: bigint;
}

const versioned = z.custom<Versioned<unknown>>(
  (value) => typeof value === 'object' && value !== null && 'version' in value && 'czxid' in value,
  'must be what get(), set(), trySet() or value$ has given',
);

/**
 * A value that many processes see and change.
 *
 * @example
 * const limit = new SharedValue(client, '/limits', { codec: json(z.object({ perSecond: z.number() })), seed: { perSecond: 10 } });
 * limit.value$.subscribe(({ value }) => throttle(value.perSecond));
 * const known = await limit.get();
 * const mine = await limit.trySet(known, { perSecond: known.value.perSecond * 2 }); // null: somebody was faster
 *
 * @see Curator `SharedValue`: same znode
 */
export class SharedValue<T> {
  readonly path: string;
  /**
   * The value, then each newer one, never an older one; whoever subscribes while others do gets the last one at once. Changes that follow each other fast may
   * be passed over, the last never is. Makes the znode with the seed if it is not there at first; when it is deleted later, the stream waits until somebody
   * makes it again.
   *
   * Data that is no value is told on `client.errors$`, and the stream goes on with the next that is one. Errors only with what cannot heal: a closed client, no
   * permission.
   */
  readonly value$: Observable<Versioned<T>>;
  readonly #client: Client;
  readonly #codec: Codec<T>;
  readonly #znode: VersionedZnode<T>;
  readonly #seed: Uint8Array;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: SharedValueOptions<T>) {
    validatePath(path, 'SharedValue.path');
    const schema = z.strictObject({ codec: codecOption<T>(), seed: z.custom<T>(() => true) });
    const { codec, seed } = parseOptions(schema, options, 'SharedValue.options');
    this.path = path;
    this.#client = client;
    this.#codec = codec;
    this.#znode = new VersionedZnode(client, path, codec);
    this.#seed = encodeValue('SharedValue.options.seed', codec, seed);
    this.value$ = new ObservableOf<Versioned<T>>((subscriber) => this.#follow(subscriber)).pipe(
      completeOnClose(client),
      share({ connector: () => new ReplaySubject(1) }),
    );
  }

  /**
   * The present value; makes the znode with the seed if it is not there. One request.
   *
   * @throws {MalformedDataError} the znode has something else
   */
  async get(options: ReadOptions = {}): Promise<Versioned<T>> {
    const { sync, ...bounds } = parseOptions(readOptions, options, 'SharedValue.get');
    return await within(this.#client, { operation: 'get', path: this.path }, bounds, async (signal) => {
      if (sync) await this.#client.sync(this.path, { signal });
      for (;;) {
        const node = await unlessGone(this.#client.get(this.path, { signal }));
        if (node !== undefined) return this.#read(node);
        await this.#znode.make(this.#seed, { signal });
      }
    });
  }

  /** Stores `value` whatever there is, and makes the znode if it is not there. One request. */
  async set(value: T, options: WaitOptions = {}): Promise<Versioned<T>> {
    const bounds = parseOptions(waitOptions, options, 'SharedValue.set');
    const target = { operation: 'set', path: this.path };
    return versionedBy(value, await within(this.#client, target, bounds, (signal) => this.#znode.overwrite(value, { signal })));
  }

  /**
   * Stores `value` if what is there is still `expected`, and null if it is not: get it anew, and decide anew. One request.
   *
   * @param expected what `get`, `set`, `trySet` or `value$` has given
   * @throws {OutcomeUnknownError} the reply was lost, and the znode does not tell
   * @throws {ZnodeReplacedError} it was deleted and made anew, and changed as often as `expected`
   * @throws {VersionExhaustedError} it has been changed four billion times
   */
  async trySet(expected: Versioned<T>, value: T, options: WaitOptions = {}): Promise<Versioned<T> | null> {
    const revision = parseOptions(versioned, expected, 'SharedValue.trySet.expected');
    const stat = await this.#znode.replace(revision, value, parseOptions(waitOptions, options, 'SharedValue.trySet'));
    return stat === undefined ? null : versionedBy(value, stat);
  }

  #read({ data, stat }: NodeData): Versioned<T> {
    return versionedBy(decodeZnode(this.path, this.#codec, data), stat);
  }

  #follow(subscriber: Subscriber<Versioned<T>>): () => void {
    const interest = new AbortController();
    let hasSeed = false;
    const next = (node: NodeData | null) => {
      const isMissing = node === null && !hasSeed;
      hasSeed = true;
      if (node !== null) this.#tell(subscriber, node);
      if (!isMissing) return;
      // It never rejects: the subscriber is told.
      void this.#makePersistently(interest.signal, subscriber);
    };
    const watching = this.#client.data$(this.path).subscribe({
      next,
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
    return () => {
      watching.unsubscribe();
      interest.abort();
    };
  }

  #tell(subscriber: Subscriber<Versioned<T>>, node: NodeData): void {
    try {
      // All who are told get the same object.
      subscriber.next(frozen(this.#read(node)));
    } catch (error) {
      // An errored stream is dead, but the znode can be mended.
      if (error instanceof Error) this.#client.reportError(error);
    }
  }

  /** Never rejects. */
  async #makePersistently(signal: AbortSignal, subscriber: Subscriber<Versioned<T>>): Promise<void> {
    try {
      await inAnySession(this.#client, signal, async () => {
        await this.#znode.make(this.#seed, { signal });
        return true;
      });
    } catch (error) {
      if (!signal.aborted) subscriber.error(error);
    }
  }
}

function versionedBy<T>(value: T, { version, czxid, mzxid }: Stat): Versioned<T> {
  return { value, version, czxid, mzxid };
}
