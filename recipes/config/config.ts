import { type Observable, throwIfEmpty } from 'rxjs';
import {
  type CallOptions,
  type Client,
  ConfigUnavailableError,
  Deadline,
  describeCause,
  first,
  parseOptions,
  type Stat,
  validatePath,
} from '../../src/index.ts';
import { codecOf, type ValueForm } from '../common/codec-of.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import type { Document } from '../documents/document.ts';
import { changeParts, type Part } from './change-parts.ts';
import { type ConfigOptions, parseConfigOptions } from './config-options.ts';
import type { ConfigRejection } from './config-state.ts';
import { type ConfigVersion, readHistory } from './config-versions.ts';
import { LiveValue } from './live-value.ts';

/**
 * A configuration that is kept in one znode, as a live object: checked by a schema, the same for all who follow it, and changed while they run.
 *
 * Whatever happens to the znode, `current` is a valid value: one that does not fit is kept out, and told on `rejected$`. While there is no contact the last
 * value holds; whatever was written meanwhile is seen when contact is back, the last of it alone.
 *
 * @example
 * await using limits = new Config(client, '/config/limits', z.object({ perSecond: z.int().positive() }), { defaults: { perSecond: 10 } });
 * await limits.start({ timeoutMs: 5_000 });
 * limits.value$.subscribe(({ perSecond }) => throttle.set(perSecond));
 * await limits.update((now) => ({ ...now, perSecond: now.perSecond * 2 }));
 */
export class Config<T> implements AsyncDisposable {
  readonly path: string;
  readonly #client: Client;
  readonly #document: Document<T>;
  readonly #live: LiveValue<T>;

  /**
   * Does no I/O.
   *
   * @param form a zod schema, whose values are stored as JSON, or a codec
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, form: ValueForm<T>, options: ConfigOptions<T> = {}) {
    validatePath(path, 'Config.path');
    this.path = path;
    this.#client = client;
    const codec = codecOf(form, 'Config.form');
    const { defaults, history } = parseConfigOptions(options, path, codec);
    this.#document = { path, codec, absent: defaults, history };
    this.#live = new LiveValue(client, this.#document);
  }

  /**
   * Begins to follow the znode, and resolves when there is a value: a valid one, or the defaults if there is no znode. Idempotent.
   *
   * @param options what they bound is the wait: the znode is followed until `close`, and `start` may be called again
   * @throws {ConfigUnavailableError} there is none after `timeoutMs`; it says why. Or it is closed
   * @throws what cannot heal: no permission, a closed client
   * @throws the signal's reason, when aborted
   */
  async start(options: WaitOptions = {}): Promise<void> {
    const { timeoutMs, signal } = parseOptions(waitOptions, options, 'Config.start');
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, () => this.#unavailable(`after ${timeoutMs} ms: `));
    deadline.signal.throwIfAborted();
    if (!this.#live.isFollowing) {
      // It never rejects.
      void this.#live.follow();
    }
    await first(this.value$.pipe(throwIfEmpty(() => this.#unavailable())), deadline.signal);
  }

  /**
   * The last valid value, or the defaults; also after `close`.
   *
   * @throws {ConfigUnavailableError} there has not been one yet: await `start` first
   */
  get current(): T {
    const { valid } = this.#live.state;
    if (valid === undefined) throw this.#unavailable();
    return valid.value;
  }

  /** Of the znode when `current` was written; undefined if these are the defaults, or there is no value yet. */
  get stat(): Stat | undefined {
    return this.#live.state.valid?.stat;
  }

  /** Replays `current`, if there is a value, and tells each later one. Values that follow each other fast may be left out, the last one never. Errors with what cannot heal; completes upon `close`. */
  get value$(): Observable<T> {
    return this.#live.value$;
  }

  /** Replays why what the znode holds now is not taken, as long as that is so, and tells each later such case. What nobody listens to goes to `client.errors$`. */
  get rejected$(): Observable<ConfigRejection> {
    return this.#live.rejected$;
  }

  /**
   * Changes what the znode holds now, by compare-and-set, and makes it, from the defaults, if it is missing. When it resolves, `current` is that or later.
   *
   * @param change must do nothing else, as it is called anew if somebody has come between. What returns its argument changes nothing
   * @returns the new value
   * @throws {InvalidArgumentError} the new value does not fit the schema; nothing was written
   * @throws {MalformedDataError} the present one does not: mend it by `set`
   * @throws {NoNodeError} there is none, and there are no defaults: make it by `set`
   * @throws {OutcomeUnknownError} the reply was lost, and `change` would change once more what is there now: it may have been called on its own result
   */
  async update(change: (value: T) => T, options: WaitOptions = {}): Promise<T> {
    const [value] = await Config.updateAll<[T]>([this], ([before]) => [change(before)], options);
    return value;
  }

  /**
   * As `update`, of several configurations of one client at once: all are changed or none is, and none has changed since `change` saw it.
   *
   * @example
   * await Config.updateAll([limits, routes], ([limits, routes]) => [{ ...limits, perSecond: 20 }, { ...routes, beta: true }]);
   *
   * @throws {UnsupportedError} the driver has no transactions
   */
  static async updateAll<Values extends readonly unknown[]>(
    configs: readonly [...{ [Index in keyof Values]: Config<Values[Index]> }],
    change: (values: Values) => Readonly<Values>,
    options: WaitOptions = {},
  ): Promise<Values> {
    // One value of each, in their order, is a tuple of their values; TypeScript loses sight of that in `map`.
    const parts = configs.map((config) => config.#part);
    const changed = await changeParts(parts, (before) => change(before.map(({ value }) => value) as readonly unknown[] as Values), options);
    return changed as Values;
  }

  /**
   * Stores a value whatever is there, and makes the znode if it is missing. When it resolves, `current` is that or later.
   *
   * @throws {InvalidArgumentError} the value does not fit the schema; nothing was written
   */
  async set(value: T, options: WaitOptions = {}): Promise<void> {
    await changeParts([this.#part], () => [value], options);
  }

  /** Values that were replaced, the newest first, as far as the option `history` has kept them. To go back to one: `set(old.value)`. */
  async history(options: Omit<CallOptions, 'session'> = {}): Promise<readonly ConfigVersion<T>[]> {
    const { history, codec } = this.#document;
    return history === undefined ? [] : await readHistory(this.#client, history.path, codec, options);
  }

  /** Follows the znode no more, and completes the streams. Idempotent, never rejects. */
  async close(): Promise<void> {
    this.#live.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #part(): Part {
    return { client: this.#client, document: this.#document, live: this.#live };
  }

  #unavailable(when = ''): ConfigUnavailableError {
    const error = this.#live.state.rejection?.error;
    const why = error === undefined ? 'it has not been read yet' : describeCause(error);
    return new ConfigUnavailableError(this.path, `${when}${why}`, { cause: error });
  }
}
