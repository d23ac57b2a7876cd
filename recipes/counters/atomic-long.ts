import { z } from 'zod';
import { type Client, parseOptions, validatePath } from '../../src/index.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import type { Changed, Tried } from './changed.ts';
import { type CounterOptions, counterShape, type Terms } from './counter-options.ts';
import { type Change, unchanged } from './ledger/apply-all.ts';
import type { Settled } from './ledger/callers.ts';
import { counterValue } from './ledger/counter-value.ts';
import { checkRange, type IntegerKind, type IntegerOf, integerFrom, integerKind, integerTo } from './ledger/integer-kind.ts';
import { forgetWhatLedgerKnows, withSharedLedger } from './ledger/shared-ledger.ts';
import { VersionedZnode } from './ledger/versioned-znode.ts';
import { type ReadOptions, readOptions } from './read-options.ts';

export interface AtomicLongOptions<K extends IntegerKind = 'number'> extends CounterOptions {
  /** As what values come and go: `number`, up to 2^53 - 1, or `bigint`, of 64 bits. Default: `number`. */
  readonly as?: K | undefined;
}

const atomicLongOptions = z.strictObject({ ...counterShape, as: integerKind });

/**
 * A counter of 64 bits that many processes change at a time, and none of whose changes is lost or made twice. One that is not there is 0.
 *
 * A change is one request if nobody else changes the counter. Changes that are called for while one is under way travel together in the next; each caller
 * is told its own value before and after, as if they had been made one after the other.
 *
 * Every change rejects with `OutcomeUnknownError` if the reply was lost and the znode does not tell whether it was made: nothing is tried again then.
 * Without contact, a change waits for it, up to the client's `operationTimeoutMs`.
 *
 * @example
 * const orders = new AtomicLong(client, '/counters/orders');
 * const { after } = await orders.increment();
 *
 * @see Curator `DistributedAtomicLong`: same znode, so both may count
 */
export class AtomicLong<K extends IntegerKind = 'number'> {
  readonly path: string;
  readonly #kind: K;
  readonly #terms: Terms;
  readonly #znode: VersionedZnode<bigint>;
  readonly #client: Client;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: AtomicLongOptions<K> = {}) {
    validatePath(path, 'AtomicLong.path');
    const { as, ...terms } = parseOptions(atomicLongOptions, options, 'AtomicLong.options');
    this.path = path;
    // Without the option, K is its default.
    this.#kind = as as K;
    this.#terms = terms;
    this.#znode = new VersionedZnode(client, path, counterValue);
    this.#client = client;
  }

  /**
   * The present value. One request.
   *
   * @throws {MalformedDataError} the znode is no counter
   * @throws {CounterOverflowError} it is more than a `number` can be exact about
   */
  async get(options: ReadOptions = {}): Promise<IntegerOf<K>> {
    const { sync, ...bounds } = parseOptions(readOptions, options, 'AtomicLong.get');
    const { value = 0n } = await (sync ? this.#znode.readPresent(bounds) : this.#znode.read(bounds));
    return this.#given(value);
  }

  /** Adds 1. Rejects as `add`. */
  async increment(options: WaitOptions = {}): Promise<Changed<IntegerOf<K>>> {
    return await this.#add('increment', 1n, options);
  }

  /** Subtracts 1. Rejects as `add`. */
  async decrement(options: WaitOptions = {}): Promise<Changed<IntegerOf<K>>> {
    return await this.#add('decrement', -1n, options);
  }

  /**
   * Adds `amount`.
   *
   * @throws {CounterOverflowError} the counter would leave its range; nothing is changed
   * @throws {MalformedDataError} the znode is no counter: `forceSet` mends it
   * @throws {ContentionError} others were faster, as often as `retry` allows
   * @throws {OutcomeUnknownError} it may or may not have been added
   * @throws {OperationTimeoutError} not within `timeoutMs`; its `outcome` says whether it may have been added
   * @throws {InvalidArgumentError} nothing was sent
   * @throws the signal's reason, when aborted: it is not added unless it was on its way already
   */
  async add(amount: IntegerOf<K>, options: WaitOptions = {}): Promise<Changed<IntegerOf<K>>> {
    return await this.#add('add', this.#taken(amount, 'AtomicLong.add.amount'), options);
  }

  /** Subtracts `amount`. Rejects as `add`. */
  async subtract(amount: IntegerOf<K>, options: WaitOptions = {}): Promise<Changed<IntegerOf<K>>> {
    return await this.#add('subtract', -this.#taken(amount, 'AtomicLong.subtract.amount'), options);
  }

  /** Sets it to `value`, whatever it was, and tells what it was. Rejects as `add`. */
  async trySet(value: IntegerOf<K>, options: WaitOptions = {}): Promise<Changed<IntegerOf<K>>> {
    const wanted = this.#taken(value, 'AtomicLong.trySet.value');
    return this.#changed(await this.#submit('trySet', () => wanted, options));
  }

  /** Sets it to `value` if it is `expected`. One that is not there is nothing that could be expected: `initialize` it first. Rejects as `add`. */
  async compareAndSet(expected: IntegerOf<K>, value: IntegerOf<K>, options: WaitOptions = {}): Promise<Tried<IntegerOf<K>>> {
    const known = this.#taken(expected, 'AtomicLong.compareAndSet.expected');
    const wanted = this.#taken(value, 'AtomicLong.compareAndSet.value');
    return this.#tried(await this.#submit('compareAndSet', (before) => (before === known ? wanted : unchanged), options));
  }

  /** Sets it to `value` if it is not there yet. Of several who do so, one succeeds. Rejects as `add`. */
  async initialize(value: IntegerOf<K>, options: WaitOptions = {}): Promise<Tried<IntegerOf<K>>> {
    const wanted = this.#taken(value, 'AtomicLong.initialize.value');
    return this.#tried(await this.#submit('initialize', (before) => (before === undefined ? wanted : unchanged), options));
  }

  /**
   * Sets it to what `change` makes of it.
   *
   * @param change computes only: it is called again if others were faster. What it throws is thrown, and nothing is changed
   * @throws as `add`
   */
  async update(change: (before: IntegerOf<K>) => IntegerOf<K>, options: WaitOptions = {}): Promise<Changed<IntegerOf<K>>> {
    const apply: Change<bigint> = (before = 0n) => this.#taken(change(this.#given(before)), 'AtomicLong.update.result');
    return this.#changed(await this.#submit('update', apply, options));
  }

  /** Sets it to `value`, whatever there is, without looking at it: mends a znode that is no counter, too. Changes of others at the same moment are lost. */
  async forceSet(value: IntegerOf<K>, options: WaitOptions = {}): Promise<void> {
    const wanted = this.#taken(value, 'AtomicLong.forceSet.value');
    await this.#znode.overwrite(wanted, parseOptions(waitOptions, options, 'AtomicLong.forceSet'));
    forgetWhatLedgerKnows(this.#client, this.path);
  }

  async #add(operation: string, amount: bigint, options: WaitOptions): Promise<Changed<IntegerOf<K>>> {
    return this.#changed(await this.#submit(operation, (before = 0n) => before + amount, options));
  }

  async #submit(operation: string, change: Change<bigint>, options: WaitOptions): Promise<Settled<bigint>> {
    const bounds = parseOptions(waitOptions, options, `AtomicLong.${operation}`);
    const checked: Change<bigint> = (before) => {
      const after = change(before);
      checkRange(this.#kind, this.path, before ?? 0n);
      if (after !== unchanged) checkRange(this.#kind, this.path, after);
      return after;
    };
    const wish = { operation, change: checked, terms: this.#terms };
    return await withSharedLedger(this.#client, this.path, (ledger) => ledger.submit(wish, bounds));
  }

  #changed({ before = 0n, attempts, ...settled }: Settled<bigint>): Changed<IntegerOf<K>> {
    const after = settled.kind === 'changed' ? settled.after : before;
    return { before: this.#given(before), after: this.#given(after), attempts };
  }

  #tried(settled: Settled<bigint>): Tried<IntegerOf<K>> {
    return { ...this.#changed(settled), succeeded: settled.kind === 'changed' };
  }

  #taken(value: IntegerOf<K>, field: string): bigint {
    return integerFrom(this.#kind, value, field);
  }

  #given(value: bigint): IntegerOf<K> {
    return integerTo(this.#kind, this.path, value);
  }
}
