import { from } from 'rxjs';
import { z } from 'zod';
import { type Client, first, OutcomeUnknownError, parseOptions, validatePath } from '../../src/index.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import { AtomicLong } from './atomic-long.ts';
import { type CounterOptions, counterShape } from './counter-options.ts';
import { type IntegerKind, type IntegerOf, integerKind, integerTo } from './ledger/integer-kind.ts';
import { within } from './within.ts';

export interface CachedAtomicLongOptions<K extends IntegerKind = 'number'> extends CounterOptions {
  /** How many numbers are taken from the counter at once. Those left when the process ends are given to nobody. Default: 100. */
  readonly block?: number | undefined;
  /** As what numbers come: `number`, up to 2^53 - 1, or `bigint`, of 64 bits. Default: `number`. */
  readonly as?: K | undefined;
}

const cachedOptions = z.strictObject({
  ...counterShape,
  as: integerKind,
  block: z.int('must be an integer').positive('must be greater than 0').default(100),
});

interface Block {
  last: bigint;
  readonly end: bigint;
}

/**
 * Numbers that nobody else gets, from a counter that many processes share: each takes a block of them at once, and needs the server only when that is used
 * up. The numbers of one instance grow; there are gaps between its blocks, and where a process ended before its block did.
 *
 * @example
 * const ids = new CachedAtomicLong(client, '/counters/order-ids', { block: 1_000 });
 * const id = await ids.next();
 *
 * @see Curator `CachedAtomicLong`: same znode; docent's numbers are its `postValue`s
 */
export class CachedAtomicLong<K extends IntegerKind = 'number'> {
  readonly path: string;
  readonly #client: Client;
  readonly #kind: K;
  readonly #size: bigint;
  readonly #counter: AtomicLong<'bigint'>;
  #block: Block = { last: 0n, end: 0n };
  #taking: Promise<void> | undefined;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: CachedAtomicLongOptions<K> = {}) {
    validatePath(path, 'CachedAtomicLong.path');
    const { as, block, ...terms } = parseOptions(cachedOptions, options, 'CachedAtomicLong.options');
    this.path = path;
    this.#client = client;
    // Without the option, K is its default.
    this.#kind = as as K;
    this.#size = BigInt(block);
    this.#counter = new AtomicLong(client, path, { ...terms, as: 'bigint' });
  }

  /**
   * The next number. Callers at the same time get different ones. While the block lasts, nothing that happens to the servers is
   * noticed.
   *
   * @throws what `AtomicLong.add` throws when a block cannot be taken, but for `OutcomeUnknownError`: a block that may have been taken is left unused
   * @throws the signal's reason, when aborted
   */
  async next(options: WaitOptions = {}): Promise<IntegerOf<K>> {
    const bounds = parseOptions(waitOptions, options, 'CachedAtomicLong.next');
    return await within(this.#client, { operation: 'next', path: this.path }, bounds, (signal) => this.#next(signal));
  }

  async #next(signal: AbortSignal): Promise<IntegerOf<K>> {
    signal.throwIfAborted();
    while (this.#block.last === this.#block.end) {
      // One for all who wait. It goes on when they give up: the next caller has use for it.
      this.#taking ??= this.#takeBlock().finally(() => {
        this.#taking = undefined;
      });
      await first(from(this.#taking), signal);
    }
    // In the tick in which it was seen to be there.
    this.#block.last += 1n;
    return integerTo(this.#kind, this.path, this.#block.last);
  }

  async #takeBlock(): Promise<void> {
    try {
      const { before, after } = await this.#counter.add(this.#size);
      this.#block = { last: before, end: after };
    } catch (error) {
      if (!(error instanceof OutcomeUnknownError)) throw error;
    }
  }
}
