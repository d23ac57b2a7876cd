import { whenAborted } from '../../abort.ts';
import type { OperationName, ReplyOf, RequestOf } from '../../driver/driver.ts';
import { Ender } from '../../ending.ts';
import { InvalidArgumentError } from '../../errors/docent-error.ts';
import { NotSentError, OperationError, OperationTimeoutError, OutcomeUnknownError, TooManyRequestsError } from '../../errors/operation.ts';
import { ReadOnlyServerError } from '../../errors/refusal.ts';
import { SessionLostError } from '../../errors/session.ts';
import { isOverload, isTransient } from '../../errors/transient.ts';
import type { Settings } from '../client-options.ts';
import type { Lifetime } from '../session/lifetime.ts';
import type { Session } from '../session/session.ts';
import type { SessionKeeper } from '../session/session-keeper.ts';
import type { RetryPolicy } from './retry.ts';

/** What a call is made of, and what bounds it. */
export interface CallTerms {
  readonly settings: Settings;
  readonly keeper: SessionKeeper;
  readonly target: { readonly operation: string; readonly path: string; readonly prefix: string };
  /** `undefined`: as long as it takes. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly session: Session | undefined;
  readonly retry: RetryPolicy;
  /** Goes on through refusals that heal, a full queue of our own among them, instead of telling the caller. */
  readonly isPersistent: boolean;
}

/**
 * Which failures may be tried again without a look at the server.
 *
 * - `not-sent`: only what was certainly not applied: it never left, or an overloaded server has turned it away. For writes.
 * - `unknown`: also what was sent and not answered, and refusals that heal. For reads, and for writes that change nothing when applied twice.
 */
export type Resend = 'not-sent' | 'unknown';

/**
 * One call of a user, or one piece of background work: any number of requests under one deadline and one budget of retries.
 */
export class Call {
  /** For errors. */
  readonly operation: string;
  /** For errors. */
  readonly path: string;
  /** Namespace: put before the paths of all requests. */
  readonly prefix: string;
  /** Where the last request went. */
  lifetime: Lifetime | undefined;
  /** The highest zxid known when the last request was handed over. */
  zxidBefore: bigint | undefined;
  readonly #terms: CallTerms;
  readonly #startedMs: number;
  readonly #whenEnded = new Set<() => void>();
  readonly #stopTimer: () => void;
  readonly #stopListening: () => void;
  readonly #stopFollowing: () => void;
  #requests = 0;
  /** Requests that were turned away since too many wait. */
  #refusedForRoom = 0;
  #failures = 0;
  #lastFailure: unknown;
  /** Whether to go on, once the last failure has been waited out. */
  #pause: Promise<boolean> = Promise.resolve(true);
  #end: { readonly reason: unknown } | undefined;

  constructor(terms: CallTerms) {
    const { settings, timeoutMs, signal, session } = terms;
    this.operation = terms.target.operation;
    this.path = terms.target.path;
    this.prefix = terms.target.prefix;
    this.#terms = terms;
    this.#startedMs = settings.clock.now();
    this.#stopTimer = timeoutMs === undefined ? nothing : settings.clock.setTimer(timeoutMs, () => this.end(timedOut));
    this.#stopListening = signal === undefined ? nothing : whenAborted(signal, (reason) => this.end(reason));
    this.#stopFollowing = session === undefined ? nothing : this.#follow(session);
  }

  /** How many requests were handed to a driver. */
  get attempts(): number {
    return this.#requests;
  }

  /** How often something had to be tried again. */
  get retries(): number {
    return this.#failures;
  }

  /** How many requests may wait, of all calls together. */
  get maxPendingRequests(): number {
    return this.#terms.settings.maxPendingRequests;
  }

  get elapsedMs(): number {
    return this.#terms.settings.clock.now() - this.#startedMs;
  }

  /** The session that its last request was made in. */
  get session(): Session | undefined {
    return this.lifetime?.session;
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Ends the call before its work is done: nothing is sent any more, and what waits stops waiting. */
  end(reason: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { reason };
    const actions = [...this.#whenEnded];
    this.#whenEnded.clear();
    for (const action of actions) action();
  }

  /** Frees timers and listeners, and ends what is still under way: a call that has settled sends nothing more. */
  dispose(): void {
    this.end(settled);
    this.#stopTimer();
    this.#stopListening();
    this.#stopFollowing();
  }

  /** Throws if the call has ended. */
  throwIfOver(): void {
    if (this.#end !== undefined) throw new NotSentError(this.operation, this.path, this.#end.reason);
  }

  /** Hands the request to the driver, in this tick if there is one, and again as `resend` and the retry policy allow. */
  async perform<N extends OperationName>(name: N, request: RequestOf<N>, resend: Resend, prefix = this.prefix): Promise<ReplyOf<N>> {
    for (;;) {
      const failures = this.#failures;
      try {
        return await this.send(name, request, prefix);
      } catch (error) {
        if (!this.#mayBeSentAgain(error, resend)) throw error;
        await this.backOff(error, failures);
      }
    }
  }

  /** One request, handed over in this tick if there is a driver. */
  async send<N extends OperationName>(name: N, request: RequestOf<N>, prefix = this.prefix): Promise<ReplyOf<N>> {
    const lifetime = this.#terms.keeper.lifetime ?? (await this.#nextLifetime());
    this.throwIfOver();
    const { session } = this.#terms;
    if (session !== undefined && lifetime.session !== session) {
      throw new InvalidArgumentError(`${this.operation}.session`, session.number, 'must be a session of this client');
    }
    const attempt = new Ender();
    const end = () => attempt.end(this.#end?.reason);
    const stopFollowing = lifetime.whenOver((reason) => attempt.end(reason));
    this.#whenEnded.add(end);
    this.lifetime = lifetime;
    this.zxidBefore = lifetime.lastZxid;
    this.#requests += 1;
    try {
      return await lifetime.performBelow(prefix)(name, request, attempt);
    } catch (error) {
      if (error instanceof TooManyRequestsError) this.#refusedForRoom += 1;
      throw error;
    } finally {
      stopFollowing();
      this.#whenEnded.delete(end);
    }
  }

  /**
   * Waits as the retry policy says. Throws `error` if it says to stop, or if the call ends meanwhile.
   *
   * @param retriesBefore what `retries` was when the request was handed over. One break of the connection ends all that is under way, and is one failure of the
   * call: a request that had been handed over before the last one that was counted waits it out with that
   */
  async backOff(error: unknown, retriesBefore = this.#failures): Promise<void> {
    this.#lastFailure = error;
    const refusal = hopelessness(error);
    if (refusal !== undefined) throw refusal;
    if (retriesBefore === this.#failures) {
      this.#failures += 1;
      this.#pause = this.#waitOut(this.#failures);
    }
    if (!(await this.#pause) || this.isOver) throw error;
  }

  /** Is there to be another try? */
  async #waitOut(failures: number): Promise<boolean> {
    const { clock } = this.#terms.settings;
    const delayMs = this.isOver ? 'stop' : delayBy(this.#terms.retry, failures, this.elapsedMs, clock.random());
    if (delayMs === 'stop') return false;
    await this.until((resume) => clock.setTimer(delayMs, resume));
    return true;
  }

  /** Is that the refusal of a request that was certainly not applied, and that the call waits out instead of telling it? */
  waitsOut(error: unknown): boolean {
    if (error instanceof TooManyRequestsError) return this.#terms.isPersistent || this.#isUnderWay;
    if (error instanceof ReadOnlyServerError) return this.#terms.isPersistent;
    return isOverload(error);
  }

  /** Waits for `subscribe` to call back, or for the call's end; the caller finds out which. */
  until(subscribe: (resume: () => void) => () => void): Promise<void> {
    if (this.isOver) return Promise.resolve();
    return new Promise((resolve) => {
      let stop: (() => void) | undefined;
      let isDone = false;
      const resume = () => {
        isDone = true;
        this.#whenEnded.delete(resume);
        stop?.();
        resolve();
      };
      this.#whenEnded.add(resume);
      stop = subscribe(resume);
      if (isDone) stop();
    });
  }

  /** The error that the caller gets for what went wrong within: the call's own end, if that is what it was. */
  explain(error: unknown): unknown {
    const isRefusal = error instanceof OperationError && error.outcome === 'refused' && !isTransient(error);
    if (this.#end === undefined || isRefusal) return error;
    if (this.#end.reason !== timedOut) return this.#end.reason;
    const outcome = error instanceof OutcomeUnknownError ? 'unknown' : 'not-sent';
    const cause = this.#lastFailure ?? this.#terms.keeper.lastTrouble;
    return new OperationTimeoutError(this.operation, this.path, this.#terms.timeoutMs ?? 0, outcome, { cause });
  }

  #follow(session: Session): () => void {
    // Asking raises the loss if the time has passed and nobody has noticed.
    session.isValid();
    return session.whenOver((reason) => this.end(reason));
  }

  #mayBeSentAgain(error: unknown, resend: Resend): boolean {
    if (error instanceof NotSentError || this.waitsOut(error)) return true;
    // Of these two the caller is told at once, unless `waitsOut` says otherwise.
    if (error instanceof TooManyRequestsError || error instanceof ReadOnlyServerError) return false;
    return resend === 'unknown' && (error instanceof OutcomeUnknownError || isTransient(error));
  }

  /** Was one of its requests accepted before? The bound on what waits is for callers; what has begun is not given up for its own flight, nor for that of others. */
  get #isUnderWay(): boolean {
    return this.#requests > this.#refusedForRoom;
  }

  async #nextLifetime(): Promise<Lifetime> {
    const { keeper } = this.#terms;
    for (;;) {
      this.throwIfOver();
      const { lifetime } = keeper;
      if (lifetime !== undefined) return lifetime;
      await this.until((resume) => keeper.whenTurned(resume));
    }
  }
}

/** One for all, since it is known by what it is; told as the cause of a request that it ended. */
const timedOut = new Error('the time of the call was over');

/** Likewise. */
const settled = new Error('the call has settled');

function nothing(): void {}

/** @throws {InvalidArgumentError} the policy, which is the caller's, gives no delay */
function delayBy(retry: RetryPolicy, failures: number, elapsedMs: number, random: number): number | 'stop' {
  const delayMs = retry(failures, elapsedMs, random);
  if (delayMs === 'stop' || (typeof delayMs === 'number' && delayMs >= 0)) return delayMs;
  throw new InvalidArgumentError('retry', delayMs, "must return a number of milliseconds from 0, or 'stop'");
}

/** Another session would come to the same end. */
function hopelessness(error: unknown): Error | undefined {
  if (!(error instanceof OperationError) || !(error.cause instanceof SessionLostError)) return undefined;
  const { reason, cause } = error.cause;
  return (reason === 'auth-failed' || reason === 'unusable') && cause instanceof Error ? cause : undefined;
}
