import { Observable, ReplaySubject } from 'rxjs';
import { type Client, LeaseLostError, type Session, SessionSuspendedError, type TransactionOperation, whenAborted } from '../src/index.ts';

/** What an exclusive or counted hold goes through. */
export type LeaseState =
  /** In line, with so many ahead. */
  | { readonly kind: 'queued'; readonly position: number }
  | { readonly kind: 'held' }
  | { readonly kind: 'lost'; readonly reason: LeaseLostError }
  | { readonly kind: 'released' };

/**
 * What to do with a hold while there is no contact with a server.
 *
 * - `keep-until-lost`: go on until the session can no longer be certain to live (`Session.validUntilMs`). No other can enter before that.
 * - `abort`: give it up at once.
 */
export type OnSuspended = 'abort' | 'keep-until-lost';

/** The znode that stands for a hold, and the session that owns it. */
export interface Place {
  readonly path: string;
  readonly czxid: bigint;
  readonly session: Session;
}

/**
 * One hold on the server, shared by all leases of one owner on it. It is given back when the last of them is.
 */
export class Hold {
  readonly place: Place;
  readonly state$ = new ReplaySubject<LeaseState>();
  readonly #client: Client;
  readonly #stopWatching: (() => void)[] = [];
  readonly #whenOver: () => void;
  #signal: AbortController | undefined;
  #lost: LeaseLostError | undefined;
  #leases = 0;
  #released: Promise<void> | undefined;

  /** @param whenOver called once, when the last lease is given back */
  constructor(client: Client, place: Place, positions: readonly number[], onSuspended: OnSuspended, whenOver: () => void) {
    this.#client = client;
    this.place = place;
    this.#whenOver = whenOver;
    for (const position of positions) this.state$.next({ kind: 'queued', position });
    this.state$.next({ kind: 'held' });
    this.#stopWatching.push(place.session.whenOver((reason) => this.#lose(reason)));
    if (onSuspended === 'abort') this.#loseWhenSuspended();
  }

  /** Made when it is asked for, since that takes longer than all the rest of a hold. */
  get signal(): AbortSignal {
    this.#signal ??= new AbortController();
    if (this.#lost !== undefined) this.#signal.abort(this.#lost);
    return this.#signal.signal;
  }

  get lost(): LeaseLostError | undefined {
    return this.#lost;
  }

  /** Has the last lease been given back? */
  get isOver(): boolean {
    return this.#released !== undefined;
  }

  /** Another lease on the same hold. */
  lease(): Lease {
    this.#leases += 1;
    return new Lease(this);
  }

  isValid(): boolean {
    // The session first: finding out that its time has passed ends the hold.
    return this.place.session.isValid() && this.#lost === undefined && !this.isOver;
  }

  giveBack(): Promise<void> {
    this.#leases -= 1;
    if (this.#leases > 0) return Promise.resolve();
    this.#released ??= this.#release();
    return this.#released;
  }

  #release(): Promise<void> {
    for (const stop of this.#stopWatching) stop();
    this.#whenOver();
    const gone = this.#client.deleteForSure(this.place.path, { session: this.place.session });
    if (this.#lost === undefined) {
      this.state$.next({ kind: 'released' });
      this.state$.complete();
    }
    return gone;
  }

  #lose(cause: unknown): void {
    if (this.#lost !== undefined) return;
    const reason = new LeaseLostError(this.place.path, cause);
    this.#lost = reason;
    this.#signal?.abort(reason);
    this.state$.next({ kind: 'lost', reason });
    this.state$.complete();
  }

  #loseWhenSuspended(): void {
    const states = this.#client.state$.subscribe((state) => {
      if (state === 'suspended') this.#lose(new SessionSuspendedError());
    });
    this.#stopWatching.push(() => states.unsubscribe());
  }
}

/**
 * A hold: proof for its owner, for as long as it is valid, that nobody else holds.
 *
 * Valid means: not released, and the session that made its znode is certain to be alive by the clock at the time of asking
 * (`Session.validUntilMs`). Nothing can stop a holder that was certain a moment ago and is delayed now: hand `token` to what the
 * lease guards, and let that refuse smaller ones than it has seen.
 */
export class Lease implements AsyncDisposable {
  /** The fencing token: the zxid that made the lease's znode. Larger for every later holder. */
  readonly token: bigint;
  /** The znode that stands for the lease. */
  readonly path: string;
  readonly #hold: Hold;
  #released: Promise<void> | undefined;

  /** Leases are made by recipes. */
  constructor(hold: Hold) {
    this.#hold = hold;
    this.token = hold.place.czxid;
    this.path = hold.place.path;
  }

  /** Aborted with a `LeaseLostError` the moment the hold is no longer certain. Not aborted by a release. */
  get signal(): AbortSignal {
    return this.#hold.signal;
  }

  /** From the wait in line to the end: replays what has been, completes with `lost` or `released`. */
  get state$(): Observable<LeaseState> {
    return this.#hold.state$.asObservable();
  }

  /** Compares clocks at the time of asking: right even when the event loop was stalled and no timer has run yet. */
  isValid(): boolean {
    return this.#released === undefined && this.#hold.isValid();
  }

  /** @throws {LeaseLostError} unless `isValid()` */
  assertValid(): void {
    if (this.isValid()) return;
    throw this.#hold.lost ?? new LeaseLostError(this.path, 'it was released');
  }

  /**
   * Gives the hold back, if no other lease of the same owner is on it. Idempotent, never rejects. The request leaves in the tick of the call;
   * the promise resolves when the server has confirmed, or when the session is over. A lost reply does not matter: the deletion goes on
   * in the background until it is certain, and `client.close()` waits for it.
   */
  release(): Promise<void> {
    this.#released ??= this.#hold.giveBack();
    return this.#released;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** For `client.transaction`: the others go through only if the lease's znode is still there, that is, only while we hold. */
  check(): TransactionOperation {
    return { op: 'check', path: this.path };
  }
}

/**
 * The observable form of any way to acquire. Subscribing gets in line; the lease is emitted when it is ours; unsubscribing leaves the line
 * or releases; losing the lease is an error.
 */
export function held(acquire: (signal: AbortSignal) => Promise<Lease>): Observable<Lease> {
  return new Observable((subscriber) => {
    const interest = new AbortController();
    acquire(interest.signal).then(
      (lease) => {
        // Runs at once if the subscriber left while the last reply was on its way. It never rejects, and close() awaits it.
        subscriber.add(() => void lease.release());
        subscriber.add(whenAborted(lease.signal, (reason) => subscriber.error(reason)));
        subscriber.next(lease);
      },
      (error: unknown) => subscriber.error(error),
    );
    return () => interest.abort();
  });
}
