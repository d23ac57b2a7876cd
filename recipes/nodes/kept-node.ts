import { filter, map, merge, Observable, ReplaySubject } from 'rxjs';
import {
  type Client,
  ClosedError,
  Deadline,
  first,
  InvalidArgumentError,
  isSequential,
  NodeClosedError,
  NodeTimeoutError,
  parseOptions,
  validatePath,
  validateSequentialPath,
} from '../../src/index.ts';
import { completeOnClose } from '../common/closing.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import type { PersistentNodeState } from './node-state.ts';
import type { Upkept } from './ownership.ts';
import { Upkeep } from './upkeep.ts';

/** What all nodes have in common that are kept in being: from `start` to `close`. */
export class KeptNode implements AsyncDisposable {
  /** As it was given: without protection, and the server's number. */
  readonly basePath: string;
  readonly #client: Client;
  readonly #recipe: string;
  readonly #upkeep: Upkeep;
  readonly #state$ = new ReplaySubject<PersistentNodeState>(1);
  readonly #wanted = new AbortController();
  #state: PersistentNodeState = { kind: 'idle' };
  #keeping: Promise<void> | undefined;

  /**
   * @param recipe its name, for errors about its arguments
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, recipe: string, node: Upkept, data: string | Uint8Array) {
    if (isSequential(node.mode)) validateSequentialPath(node.path, `${recipe}.path`);
    else validatePath(node.path, `${recipe}.path`);
    this.basePath = node.path;
    this.#client = client;
    this.#recipe = recipe;
    this.#upkeep = new Upkeep(client, node, bytesOf(data, recipe));
    this.#upkeep.state$.subscribe((state) => this.#tell(state));
    this.#state$.next(this.#state);
  }

  /**
   * Wants it there until it is closed. Idempotent; does not wait for anything.
   *
   * @throws {NodeClosedError}
   * @throws what it has failed with
   */
  start(): void {
    this.#assertOpen();
    // It never rejects.
    this.#keeping ??= this.#keep();
  }

  /**
   * Starts it unless it is started, and resolves with its path when it is there, at once if it is. It stays started however this ends.
   *
   * @throws {NodeTimeoutError} it is not there within `timeoutMs`
   * @throws {NodeClosedError}
   * @throws what it fails with, and the signal's reason, when aborted
   */
  async created(options: WaitOptions = {}): Promise<string> {
    this.start();
    const present$ = this.#state$.pipe(
      filter((state) => state.kind === 'present'),
      map(({ path }) => path),
    );
    return await this.#until(present$, options, 'created');
  }

  /** Where it is, with its number and protection; undefined while it is not known to be there. */
  get path(): string | undefined {
    return this.#state.kind === 'present' ? this.#state.path : undefined;
  }

  /** What it holds, or will when it is made. */
  get data(): Uint8Array {
    return this.#upkeep.data;
  }

  /** The present state and each later one; completes after `closed` or `failed`. */
  get state$(): Observable<PersistentNodeState> {
    return this.#state$.asObservable();
  }

  /**
   * From now on it holds this: of several calls the last one wins, whatever happens to connections and sessions. Resolves when the server has stored it, or
   * something later of ours; at once if it is not started.
   *
   * @param options bound the waiting, not the wish
   * @throws {NodeTimeoutError} not stored within `timeoutMs`
   * @throws {NodeClosedError}
   * @throws what it fails with, and the signal's reason, when aborted
   */
  async setData(data: string | Uint8Array, options: WaitOptions = {}): Promise<void> {
    this.#assertOpen();
    const held$ = this.#upkeep.want(bytesOf(data, `${this.#recipe}.setData`));
    if (this.#keeping !== undefined) await this.#until(held$, options, 'setData');
  }

  /**
   * Starts it, waits until it is there, does `work`, and closes it, however `work` ends; its error wins.
   *
   * @param options bound the waiting
   * @throws as `created`, and whatever `work` throws
   */
  async run<T>(work: (path: string) => Promise<T> | T, options: WaitOptions = {}): Promise<T> {
    try {
      return await work(await this.created(options));
    } finally {
      await this.close();
    }
  }

  /** Subscribing starts it; emits its path each time that it has been made; unsubscribing closes it, which is for good. Errors with what it fails with. */
  kept$(): Observable<string> {
    const kept$ = new Observable<string>((subscriber) => {
      // What it throws is what the subscriber is told.
      this.start();
      subscriber.add(() => void this.close());
      const states = this.#state$.subscribe((state) => {
        if (state.kind === 'present') subscriber.next(state.path);
        if (state.kind === 'failed') subscriber.error(state.error);
        if (state.kind === 'closed') subscriber.complete();
      });
      subscriber.add(states);
    });
    return kept$.pipe(completeOnClose(this.#client));
  }

  /**
   * Keeps it no more, for good. Idempotent, never rejects. It is taken away if it is ours, never another's, and this resolves when it is gone, or the session
   * that it is in, or the client is closed.
   */
  async close(): Promise<void> {
    this.#wanted.abort(new NodeClosedError(this.basePath));
    await this.#keeping;
    this.#end({ kind: 'closed' });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #keep(): Promise<void> {
    try {
      await this.#upkeep.keep(this.#wanted.signal);
    } catch (error) {
      this.#end({ kind: 'failed', error });
      // Whoever has closed the client knows that.
      if (error instanceof Error && !(error instanceof ClosedError)) this.#client.reportError(error);
    }
  }

  /** Waits for what `wanted$` emits, unless it is over before that. */
  async #until<T>(wanted$: Observable<T>, options: WaitOptions, what: string): Promise<T> {
    const { timeoutMs, signal } = parseOptions(waitOptions, options, `${this.#recipe}.${what}`);
    const late = () => new NodeTimeoutError(this.basePath, timeoutMs ?? 0, this.#problem());
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, late);
    deadline.signal.throwIfAborted();
    const over$ = this.#state$.pipe(
      filter(({ kind }) => kind === 'closed' || kind === 'failed'),
      map((): never => {
        throw this.#whyOver();
      }),
    );
    return await first(merge(over$, wanted$), deadline.signal);
  }

  #assertOpen(): void {
    if (this.#wanted.signal.aborted || this.#state.kind === 'failed') throw this.#whyOver();
  }

  #whyOver(): unknown {
    return this.#state.kind === 'failed' ? this.#state.error : new NodeClosedError(this.basePath);
  }

  #problem(): string {
    const state = this.#state;
    if (state.kind === 'taken') return `session 0x${state.sessionId.toString(16)} has the path, and ours was not there`;
    return state.kind === 'present' ? 'its data was not stored' : 'it was not made';
  }

  #tell(state: PersistentNodeState): void {
    if (state.kind === 'creating' && this.#state.kind === 'creating') return;
    this.#state = state;
    this.#state$.next(state);
  }

  #end(state: PersistentNodeState): void {
    if (this.#state.kind === 'closed' || this.#state.kind === 'failed') return;
    this.#tell(state);
    this.#state$.complete();
  }
}

/** @throws {InvalidArgumentError} */
function bytesOf(data: unknown, what: string): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  // A copy: what is wanted does not change behind our back.
  if (data instanceof Uint8Array) return Buffer.from(data);
  throw new InvalidArgumentError(`${what}.data`, data, 'must be a string or a Uint8Array');
}
