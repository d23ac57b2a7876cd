import { filter, map, merge, Observable, ReplaySubject } from 'rxjs';
import {
  type Client,
  ClosedError,
  Deadline,
  first,
  InvalidArgumentError,
  NodeClosedError,
  NodeTimeoutError,
  parseOptions,
} from '../../src/index.ts';
import { type WaitOptions, waitOptions } from '../wait-options.ts';
import type { PersistentNodeState } from './node-state.ts';
import type { Upkept } from './ownership.ts';
import { Upkeep } from './upkeep.ts';

/** The life of a node that is kept in being, as its users see it: from `start` to `close`, what state it is in, and waiting for that. */
export class KeptNode {
  readonly #client: Client;
  readonly #recipe: string;
  readonly #node: Upkept;
  readonly #upkeep: Upkeep;
  readonly #state$ = new ReplaySubject<PersistentNodeState>(1);
  readonly #wanted = new AbortController();
  #state: PersistentNodeState = { kind: 'idle' };
  #keeping: Promise<void> | undefined;

  /**
   * @param recipe its name, for errors about its options
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, recipe: string, node: Upkept, data: string | Uint8Array) {
    this.#client = client;
    this.#recipe = recipe;
    this.#node = node;
    this.#upkeep = new Upkeep(client, node, bytesOf(data, recipe));
    this.#upkeep.state$.subscribe((state) => this.#tell(state));
    this.#state$.next(this.#state);
  }

  get data(): Uint8Array {
    return this.#upkeep.data;
  }

  get path(): string | undefined {
    return this.#state.kind === 'present' ? this.#state.path : undefined;
  }

  get state$(): Observable<PersistentNodeState> {
    return this.#state$.asObservable();
  }

  start(): void {
    this.#assertOpen();
    // It never rejects.
    this.#keeping ??= this.#keep();
  }

  async created(options: WaitOptions): Promise<string> {
    this.start();
    const present$ = this.#state$.pipe(
      filter((state) => state.kind === 'present'),
      map(({ path }) => path),
    );
    return await this.#until(present$, options, 'created');
  }

  async setData(data: string | Uint8Array, options: WaitOptions): Promise<void> {
    this.#assertOpen();
    const held$ = this.#upkeep.want(bytesOf(data, `${this.#recipe}.setData`));
    if (this.#keeping !== undefined) await this.#until(held$, options, 'setData');
  }

  kept$(): Observable<string> {
    return new Observable((subscriber) => {
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
  }

  async close(): Promise<void> {
    this.#wanted.abort(new NodeClosedError(this.#node.path));
    await this.#keeping;
    this.#end({ kind: 'closed' });
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
    const late = () => new NodeTimeoutError(this.#node.path, timeoutMs ?? 0, this.#problem());
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
    return this.#state.kind === 'failed' ? this.#state.error : new NodeClosedError(this.#node.path);
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
