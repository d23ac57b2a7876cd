import { z } from 'zod';
import { type Client, type Codec, decodeZnode, encodeValue, InternalError, parseOptions, validatePath } from '../../src/index.ts';
import { codecOption } from '../common/codec-option.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import type { Changed, Tried } from './changed.ts';
import { type CounterOptions, counterShape, type Terms } from './counter-options.ts';
import { type Change, unchanged } from './ledger/apply-all.ts';
import type { Settled } from './ledger/callers.ts';
import { Ledger } from './ledger/ledger.ts';
import { VersionedZnode } from './ledger/versioned-znode.ts';
import { type ReadOptions, readOptions } from './read-options.ts';

export interface AtomicValueOptions<T> extends CounterOptions {
  /** How the value stands in the znode. */
  readonly codec: Codec<T>;
}

/**
 * A value of any type that many processes change at a time, and none of whose changes is lost or made twice. Undefined while there is none.
 *
 * All that is said of `AtomicLong` holds here; but the changes that travel together are those of one instance.
 *
 * @example
 * const limits = new AtomicValue(client, '/limits', { codec: json(z.object({ perSecond: z.number() })) });
 * await limits.update((before) => ({ perSecond: (before?.perSecond ?? 1) * 2 }));
 *
 * @see Curator `DistributedAtomicValue`: same znode
 */
export class AtomicValue<T> {
  readonly path: string;
  readonly #codec: Codec<T>;
  readonly #terms: Terms;
  readonly #znode: VersionedZnode<T>;
  readonly #ledger: Ledger<T>;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: AtomicValueOptions<T>) {
    validatePath(path, 'AtomicValue.path');
    const { codec, ...terms } = parseOptions(z.strictObject({ ...counterShape, codec: codecOption<T>() }), options, 'AtomicValue.options');
    this.path = path;
    this.#codec = codec;
    this.#terms = terms;
    this.#znode = new VersionedZnode(client, path, codec);
    this.#ledger = new Ledger(client, this.#znode);
  }

  /**
   * The present value, undefined if there is none. One request.
   *
   * @throws {MalformedDataError} the znode has something else
   */
  async get(options: ReadOptions = {}): Promise<T | undefined> {
    const { sync, ...bounds } = parseOptions(readOptions, options, 'AtomicValue.get');
    return (await (sync ? this.#znode.readPresent(bounds) : this.#znode.read(bounds))).value;
  }

  /**
   * Sets it to what `change` makes of it.
   *
   * @param change computes only: it is called again if others were faster. What it throws is thrown, and nothing is changed
   * @throws {MalformedDataError} the znode has something else: `forceSet` mends it
   * @throws {ContentionError} others were faster, as often as `retry` allows
   * @throws {OutcomeUnknownError} it may or may not have been changed
   * @throws {OperationTimeoutError} not within `timeoutMs`; its `outcome` says whether it may have been changed
   * @throws {InvalidArgumentError} the value cannot be written; nothing was sent
   * @throws the signal's reason, when aborted: it is not changed unless that was on its way already
   */
  async update(change: (before: T | undefined) => T, options: WaitOptions = {}): Promise<Changed<T | undefined, T>> {
    return this.#changed(await this.#submit('update', change, options));
  }

  /** Sets it to `value`, whatever it was, and tells what it was. Rejects as `update`. */
  async trySet(value: T, options: WaitOptions = {}): Promise<Changed<T | undefined, T>> {
    return this.#changed(await this.#submit('trySet', () => value, options));
  }

  /** Sets it to `value` if it is `expected`, which is so if the codec writes the two alike. Rejects as `update`. */
  async compareAndSet(expected: T, value: T, options: WaitOptions = {}): Promise<Tried<T | undefined>> {
    const known = this.#written(expected, 'compareAndSet');
    const isExpected = (before: T | undefined) => before !== undefined && this.#written(before, 'compareAndSet').equals(known);
    return this.#tried(await this.#submit('compareAndSet', (before) => (isExpected(before) ? value : unchanged), options));
  }

  /** Sets it to `value` if there is none yet. Of several who do so, one succeeds. Rejects as `update`. */
  async initialize(value: T, options: WaitOptions = {}): Promise<Tried<T | undefined>> {
    return this.#tried(await this.#submit('initialize', (before) => (before === undefined ? value : unchanged), options));
  }

  /** Sets it to `value`, whatever there is, without looking at it: mends a znode that has something else, too. Changes of others at the same moment are lost. */
  async forceSet(value: T, options: WaitOptions = {}): Promise<void> {
    await this.#znode.overwrite(value, parseOptions(waitOptions, options, 'AtomicValue.forceSet'));
    this.#ledger.forget();
  }

  async #submit(operation: string, change: Change<T>, options: WaitOptions): Promise<Settled<T>> {
    const bounds = parseOptions(waitOptions, options, `AtomicValue.${operation}`);
    const checked: Change<T> = (before) => {
      const after = change(this.#copy(before));
      // One that cannot be written must not fail those that travel with it.
      return after === unchanged ? after : this.#copy(after, operation);
    };
    return await this.#ledger.submit({ operation, change: checked, terms: this.#terms }, bounds);
  }

  #written(value: T, operation: string): Buffer {
    return Buffer.from(encodeValue(`AtomicValue.${operation}.value`, this.#codec, value));
  }

  /** What a caller may change in place, and what the others go on with, must not be one object. */
  #copy<V extends T | undefined>(value: V, operation = 'update'): V {
    // The codec gives what it was given.
    return value === undefined ? value : (decodeZnode(this.path, this.#codec, this.#written(value, operation)) as V);
  }

  #tried({ before, attempts, ...settled }: Settled<T>): Tried<T | undefined> {
    const found = this.#copy(before);
    return settled.kind === 'changed'
      ? { before: found, after: this.#copy(settled.after), attempts, succeeded: true }
      : { before: found, after: found, attempts, succeeded: false };
  }

  #changed(settled: Settled<T>): Changed<T | undefined, T> {
    if (settled.kind === 'unchanged') throw new InternalError('a change without condition has changed nothing');
    const { before, after, attempts } = settled;
    return { before: this.#copy(before), after: this.#copy(after), attempts };
  }
}
