import { AsyncLocalStorage } from 'node:async_hooks';
import { distinctUntilChanged, filter, map, type Observable, ReplaySubject } from 'rxjs';
import type { z } from 'zod';
import {
  AcquireTimeoutError,
  type Client,
  Deadline,
  first,
  LatchClosedError,
  never,
  parseOptions,
  validatePath,
  whenAborted,
} from '../../src/index.ts';
import { type HoldOptions, holdOptions } from '../hold-options.ts';
import { held, type Lease } from '../lease.ts';
import type { Line } from '../line.ts';
import { latchPatterns } from '../line.ts';
import { followParticipants, type Participant, participantsOf } from '../participants.ts';
import { type WaitOptions, waitOptions } from '../wait-options.ts';
import { stand } from './candidacy.ts';
import type { Term } from './term.ts';
import { type Work, workDuring } from './work.ts';

/** What a latch goes through. The last two are for good. */
export type LatchState =
  /** Not a candidate. */
  | { readonly kind: 'idle' }
  /** On the way into the line, in whatever session there will be. */
  | { readonly kind: 'joining' }
  /** In line, with so many ahead. */
  | { readonly kind: 'waiting'; readonly position: number }
  /** First in line. */
  | { readonly kind: 'leading'; readonly path: string; readonly token: bigint }
  /** Leads no more; what was done while leading is being awaited. */
  | { readonly kind: 'stopping' }
  | { readonly kind: 'closed' }
  /** Something that cannot heal: no permission, refused credentials, a closed client, a path in use by another recipe. */
  | { readonly kind: 'failed'; readonly error: unknown };

/** The latches whose works this code runs in: these cannot be waited for, since they wait for the work. */
const around = new AsyncLocalStorage<readonly LeaderLatch[]>();

/**
 * One leader among all who stand at a path, for as long as it wants to lead. Being a candidate is a desired state, from `start` (or for the time of an
 * `acquire` or `run`) to `close`: whatever happens to connections, sessions and znodes, the latch gets in line again.
 *
 * While the session is suspended, a leader stays leader until `Session.validUntilMs`, before which no other can lead. When it is lost, leadership is
 * over, works are told and awaited, and the latch gets in line again, in the next session and with a new znode. Killing a leader makes the next one
 * lead when its session expires.
 *
 * @example
 * const latch = new LeaderLatch(client, '/leader');
 * await latch.run(async (lease, signal) => serve({ token: lease.token, signal }), { signal: shutdown });
 *
 * @see Curator `LeaderLatch`: same znodes, so both may stand at one path
 */
export class LeaderLatch implements AsyncDisposable {
  readonly path: string;
  readonly #client: Client;
  readonly #options: z.output<typeof holdOptions>;
  readonly #line: Line;
  readonly #state$ = new ReplaySubject<LatchState>(1);
  readonly #works = new Set<Promise<unknown>>();
  #state: LatchState = { kind: 'idle' };
  #term: Term | undefined;
  #isStarted = false;
  /** How many want this latch to be a candidate: whoever started it, runs, and leases. */
  #interest = 0;
  #wanted = new AbortController();
  #standing: Promise<void> = Promise.resolve();

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: HoldOptions = {}) {
    validatePath(path, 'LeaderLatch.path');
    this.#options = parseOptions(holdOptions, options, 'LeaderLatch.options');
    this.path = path;
    this.#client = client;
    this.#line = { directory: path, name: 'latch-', patterns: latchPatterns };
    this.#state$.next(this.#state);
  }

  /**
   * Makes it a candidate until it is closed. Idempotent; does not wait for anything.
   *
   * @throws {LatchClosedError}
   * @throws what it has failed with
   */
  start(): void {
    if (this.#isStarted && this.#state.kind !== 'closed' && this.#state.kind !== 'failed') return;
    this.#enter();
    this.#isStarted = true;
  }

  /**
   * Leaves the line for good. A leader tells its works to stop, awaits them, and makes way: the next one in line leads one watch event and one round trip
   * later. Idempotent, never rejects; resolves when the znode is gone, or its session over. From within a work, it does not wait.
   */
  async close(): Promise<void> {
    this.#closeState();
    this.#wanted.abort(new LatchClosedError(this.path));
    await this.#unlessInside(this.#standing);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Steps down without closing, and goes to the end of the line: tells the works to stop, awaits them, and makes way. Nothing happens if it does not
   * lead. Resolves when its znode is gone, or its session over; from within a work, at once.
   */
  async yield(): Promise<void> {
    const term = this.#term;
    if (term === undefined) return;
    term.end('it stepped down');
    await this.#unlessInside(term.gone);
  }

  /** Does it lead? By the clock at the time of asking: right even when the event loop was stalled and no timer has run yet. */
  get hasLeadership(): boolean {
    return this.#term?.isValid() ?? false;
  }

  /** The present state and each later one; completes after `closed` or `failed`. */
  get state$(): Observable<LatchState> {
    return this.#state$.asObservable();
  }

  /** Does it lead? Now, and whenever that changes. */
  get isLeader$(): Observable<boolean> {
    return this.#state$.pipe(
      map(({ kind }) => kind === 'leading'),
      distinctUntilChanged(),
    );
  }

  /** Who leads, now and whenever that changes; undefined while nobody does. Candidates or not may ask. Silent while there is no contact. */
  get leader$(): Observable<Participant | undefined> {
    return this.participants$.pipe(
      map(([leader]) => leader),
      distinctUntilChanged((a, b) => a?.path === b?.path),
    );
  }

  /** Who leads and who waits, in line order, now and whenever that changes; those of Curator too. Silent while there is no contact. */
  get participants$(): Observable<readonly Participant[]> {
    return followParticipants(this.#client, this.#line);
  }

  /** Who leads and who waits, in line order; those of Curator too. Empty if nobody stands here. */
  participants(): Promise<readonly Participant[]> {
    return participantsOf(this.#client, this.#line);
  }

  /**
   * Waits until it leads, as a candidate for that long at least, and resolves with a lease on this leadership. Release it to want it no more; the latch
   * leads on if it was started, or others have a lease.
   *
   * @throws {AcquireTimeoutError} does not lead within `timeoutMs`
   * @throws {LatchClosedError}
   * @throws what it fails with, and the signal's reason, when aborted
   */
  async acquire(options: WaitOptions = {}): Promise<Lease> {
    const { timeoutMs, signal } = parseOptions(waitOptions, options, 'LeaderLatch.acquire');
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, () => new AcquireTimeoutError(this.path, timeoutMs ?? 0));
    deadline.signal.throwIfAborted();
    const leave = this.#enter();
    try {
      let term = await this.#elected(deadline.signal);
      while (!term.isValid()) term = await this.#elected(deadline.signal);
      // Lost, it does not stand for this lease any more. It never rejects.
      whenAborted(term.over, () => void leave());
      return term.lease(leave);
    } catch (error) {
      // It never rejects, and `client.close()` waits for the znode's deletion.
      void leave();
      throw error;
    }
  }

  /** Subscribing makes it a candidate; emits a lease when it leads; unsubscribing releases or leaves the line; errors when leadership is lost. */
  held$(options: Omit<WaitOptions, 'signal'> = {}): Observable<Lease> {
    return held((signal) => this.acquire({ ...options, signal }));
  }

  /**
   * Does `work` while leading, and resolves with what it resolves with. If leadership is lost meanwhile, the work is told to stop and awaited, the latch
   * gets in line again, and `work` is called anew at the next election. Is a candidate for that long at least.
   *
   * @param options `signal` stops the work, or the wait for leadership
   * @throws whatever `work` throws while leading; {@link LatchClosedError}; what the latch fails with; the signal's reason, when aborted
   */
  async run<T>(work: Work<T>, options: Pick<WaitOptions, 'signal'> = {}): Promise<T> {
    const { signal = never } = parseOptions(waitOptions, options, 'LeaderLatch.run');
    signal.throwIfAborted();
    const leave = this.#enter();
    try {
      for (;;) {
        const term = await this.#elected(signal);
        const outcome = await this.#tracked(this.#work(term, work, signal));
        if (outcome.kind === 'done') return outcome.value;
        signal.throwIfAborted();
      }
    } finally {
      await this.#unlessInside(leave());
    }
  }

  #work<T>(term: Term, work: Work<T>, signal: AbortSignal): ReturnType<typeof workDuring<T>> {
    const inside = [...(around.getStore() ?? []), this];
    return around.run(inside, () => workDuring(this.#client, term, work, signal));
  }

  /** Makes way only when `working` has ended, however it does. */
  async #tracked<T>(working: Promise<T>): Promise<T> {
    this.#works.add(working);
    try {
      return await working;
    } finally {
      this.#works.delete(working);
    }
  }

  /** @returns how to want it no more; resolves when we are out of the line, if nobody else wants us in it */
  #enter(): () => Promise<void> {
    if (this.#state.kind === 'failed') throw this.#state.error;
    if (this.#state.kind === 'closed') throw new LatchClosedError(this.path);
    this.#interest += 1;
    if (this.#interest === 1) this.#begin();
    let left: Promise<void> | undefined;
    return () => {
      if (left === undefined) {
        left = this.#interest === 1 ? this.#standing : Promise.resolve();
        this.#interest -= 1;
        // May call this again.
        if (this.#interest === 0) this.#wanted.abort(new Error('nobody wants it any more'));
      }
      return left;
    };
  }

  #begin(): void {
    this.#wanted = new AbortController();
    this.#standing = this.#standAfter(this.#standing, this.#wanted.signal);
  }

  async #standAfter(before: Promise<void>, signal: AbortSignal): Promise<void> {
    await before;
    if (signal.aborted) return;
    this.#tell({ kind: 'joining' });
    try {
      await stand({
        client: this.#client,
        line: this.#line,
        data: Buffer.from(this.#options.id),
        onSuspended: this.#options.onSuspended,
        signal,
        onPosition: (position) => {
          if (this.#state.kind !== 'waiting' || this.#state.position !== position) this.#tell({ kind: 'waiting', position });
        },
        lead: (term) => this.#lead(term),
      });
    } catch (error) {
      if (signal.aborted) this.#tell({ kind: 'idle' });
      else this.#fail(error);
    }
  }

  async #lead(term: Term): Promise<'again'> {
    this.#term = term;
    const { path, token } = term.znode;
    this.#tell({ kind: 'leading', path, token });
    await new Promise<void>((resolve) => {
      whenAborted(term.over, () => {
        this.#term = undefined;
        this.#tell({ kind: 'stopping' });
        resolve();
      });
    });
    // Works that have been told of their election, and not begun yet, find out that it is over.
    while (this.#works.size > 0) await Promise.allSettled(this.#works);
    this.#tell({ kind: 'joining' });
    return 'again';
  }

  /** Waits until we lead. */
  async #elected(signal: AbortSignal): Promise<Term> {
    for (;;) {
      const state = await first(
        this.#state$.pipe(filter(({ kind }) => kind === 'leading' || kind === 'closed' || kind === 'failed')),
        signal,
      );
      if (state.kind === 'closed') throw new LatchClosedError(this.path);
      if (state.kind === 'failed') throw state.error;
      if (this.#term?.isValid() === true) return this.#term;
    }
  }

  #tell(state: LatchState): void {
    if (this.#state.kind === 'closed' || this.#state.kind === 'failed') return;
    this.#state = state;
    this.#state$.next(state);
  }

  #closeState(): void {
    this.#tell({ kind: 'closed' });
    this.#state$.complete();
  }

  #fail(error: unknown): void {
    this.#tell({ kind: 'failed', error });
    this.#state$.complete();
  }

  async #unlessInside(promise: Promise<unknown>): Promise<void> {
    if (around.getStore()?.includes(this) !== true) await promise;
  }
}
