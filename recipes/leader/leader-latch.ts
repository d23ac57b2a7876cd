import { distinctUntilChanged, map, type Observable } from 'rxjs';
import { AcquireTimeoutError, type Client, Deadline, never, parseOptions, validatePath, whenAborted } from '../../src/index.ts';
import { handled } from '../common/handled.ts';
import { RunContext } from '../common/run-context.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import { type HoldOptions, holdOptions } from '../leases/hold-options.ts';
import { held, type Lease } from '../leases/lease.ts';
import { type Line, latchPatterns } from '../line/line.ts';
import { followFirst, followParticipants, type Participant, participantsOf } from '../line/participants.ts';
import { Campaign, type LatchState } from './campaign.ts';
import type { Term } from './term.ts';
import { type Work, workDuring } from './work.ts';

const runOptions = waitOptions.pick({ signal: true });

/** The latches whose works this code runs in: these cannot be waited for, since they wait for the work. */
const around = new RunContext<LeaderLatch>();

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
  readonly #line: Line;
  readonly #campaign: Campaign;
  #isStarted = false;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: HoldOptions = {}) {
    validatePath(path, 'LeaderLatch.path');
    const { id, onSuspended } = parseOptions(holdOptions, options, 'LeaderLatch.options');
    this.path = path;
    this.#client = client;
    this.#line = { directory: path, name: 'latch-', patterns: latchPatterns, hasPlainIds: true };
    this.#campaign = new Campaign(path, { client, line: this.#line, data: Buffer.from(id), onSuspended });
  }

  /**
   * Makes it a candidate until it is closed. Idempotent; does not wait for anything.
   *
   * @throws {LatchClosedError}
   * @throws what it has failed with
   */
  start(): void {
    const leave = this.#campaign.enter();
    if (this.#isStarted) {
      // Once is enough.
      void leave();
    }
    this.#isStarted = true;
  }

  /**
   * Leaves the line for good. A leader tells its works to stop, awaits them, and makes way: the next one in line leads one watch event and one round trip
   * later. Idempotent; resolves when the znode is gone, or its session over. From within a work, it does not wait.
   *
   * @throws {NoAuthError} the ACL forbids us to delete the znode that we led by: nobody else leads before our session is over
   */
  close(): Promise<void> {
    return handled(this.#unlessInside(handled(this.#campaign.close())));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Steps down without closing, and goes to the end of the line: tells the works to stop, awaits them, and makes way. Nothing happens if it does not
   * lead. Resolves when its znode is gone, or its session over; from within a work, at once.
   *
   * @throws {NoAuthError} as `close`
   */
  yield(): Promise<void> {
    const { term } = this.#campaign;
    if (term === undefined) return Promise.resolve();
    term.end('it stepped down');
    return handled(this.#unlessInside(term.gone));
  }

  /** Does it lead? By the clock at the time of asking: right even when the event loop was stalled and no timer has run yet. */
  get hasLeadership(): boolean {
    return this.#campaign.term?.isValid() ?? false;
  }

  /** The present state and each later one; completes after `closed` or `failed`. */
  get state$(): Observable<LatchState> {
    return this.#campaign.state$;
  }

  /** Does it lead? Now, and whenever that changes. */
  get isLeader$(): Observable<boolean> {
    return this.state$.pipe(
      map(({ kind }) => kind === 'leading'),
      distinctUntilChanged(),
    );
  }

  /** Who leads, now and whenever that changes; undefined while nobody does. Candidates or not may ask. Silent while there is no contact. */
  get leader$(): Observable<Participant | undefined> {
    return followFirst(this.#client, this.#line);
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
    const leave = this.#campaign.enter();
    try {
      let term = await this.#campaign.elected(deadline.signal);
      while (!term.isValid()) term = await this.#campaign.elected(deadline.signal);
      // Lost, it does not stand for this lease any more.
      const stopListening = whenAborted(term.over, () => void leave());
      return term.lease(() => {
        stopListening();
        return leave();
      });
    } catch (error) {
      // `client.close()` waits for the znode's deletion.
      void leave();
      throw error;
    }
  }

  /** Subscribing makes it a candidate; emits a lease when it leads; unsubscribing releases or leaves the line; errors when leadership is lost. */
  held$(options: Omit<WaitOptions, 'signal'> = {}): Observable<Lease> {
    return held(this.#client, (signal) => this.acquire({ ...options, signal }));
  }

  /**
   * Does `work` while leading, and resolves with what it resolves with. If leadership is lost meanwhile, the work is told to stop and awaited, the latch
   * gets in line again, and `work` is called anew at the next election. Is a candidate for that long at least.
   *
   * @param options `signal` stops the work, or the wait for leadership
   * @throws whatever `work` throws while leading; `LatchClosedError`; what the latch fails with; the signal's reason, when aborted
   */
  async run<T>(work: Work<T>, options: Pick<WaitOptions, 'signal'> = {}): Promise<T> {
    const { signal = never } = parseOptions(runOptions, options, 'LeaderLatch.run');
    signal.throwIfAborted();
    const leave = this.#campaign.enter();
    let value: T;
    try {
      value = await this.#untilDone(work, signal);
    } catch (error) {
      // It wins over what keeps the znode there.
      await this.#unlessInside(leave().catch(() => {}));
      throw error;
    }
    await this.#unlessInside(leave());
    return value;
  }

  async #untilDone<T>(work: Work<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      const term = await this.#campaign.elected(signal);
      const outcome = await this.#campaign.track(this.#work(term, work, signal));
      if (outcome.kind === 'done') return outcome.value;
      signal.throwIfAborted();
    }
  }

  #work<T>(term: Term, work: Work<T>, signal: AbortSignal): ReturnType<typeof workDuring<T>> {
    return around.run(this, () => workDuring(this.#client, term, work, signal));
  }

  async #unlessInside(promise: Promise<unknown>): Promise<void> {
    if (!around.all.includes(this)) await promise;
  }
}
