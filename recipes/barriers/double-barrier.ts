import { filter, merge, Observable, startWith, switchMap } from 'rxjs';
import { z } from 'zod';
import {
  BarrierTimeoutError,
  type Client,
  Deadline,
  first,
  joinPath,
  NodeExistsError,
  NoNodeError,
  nameOf,
  parseOptions,
  randomUuid,
  type Session,
  validatePath,
  whenAborted,
} from '../../src/index.ts';
import { orClosed } from '../common/closing.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import { whileItHeals } from '../common/while-it-heals.ts';
import type { OnSuspended, Place } from '../leases/basis.ts';
import { holdOptions } from '../leases/hold-options.ts';
import type { Lease } from '../leases/lease.ts';
import { Attendance } from './attendance.ts';
import { isOpenTo, readyName, type WayIn, wayIn } from './gathering.ts';
import { arrivalsOf, membersAt } from './members.ts';

export interface DoubleBarrierOptions {
  /** Who we are, for people who look at the barrier. Stored in the member's znode. Default: `host:pid`. */
  readonly id?: string;
  /** Default: `keep-until-lost`. */
  readonly onSuspended?: OnSuspended;
}

const sizeOf = z.int('must be a whole number').positive('must be greater than 0');

/** What a call may use: a session, and time. */
interface Limits {
  readonly session: Session;
  readonly signal: AbortSignal;
}

/**
 * Members begin together and end together: all who come wait until `size` of them are there, and all who go wait until the others go too.
 * Those who come while a round is under way go in at once, and nobody waits for them to leave. One instance can be entered many times, by many callers.
 *
 * While the session is suspended, a member stays where it is and nobody gets in. When the session is lost, its member is gone: waiting to get in
 * ends with `SessionLostError`, and one that is in learns it by `attendance.signal`. The others do not wait for it any more.
 *
 * @example
 * const barrier = new DoubleBarrier(client, '/jobs/import', 3);
 * await barrier.run(() => importOurShare(), { timeoutMs: 60_000 });
 *
 * @see Curator `DistributedDoubleBarrier`: same znodes, so both may meet at one path
 */
export class DoubleBarrier {
  readonly path: string;
  /** How many have to be there for the barrier to open. */
  readonly size: number;
  readonly #client: Client;
  readonly #id: Uint8Array;
  readonly #onSuspended: OnSuspended;
  readonly #ready: string;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, size: number, options: DoubleBarrierOptions = {}) {
    validatePath(path, 'DoubleBarrier.path');
    const { id, onSuspended } = parseOptions(holdOptions, options, 'DoubleBarrier.options');
    this.path = path;
    this.size = parseOptions(sizeOf, size, 'DoubleBarrier.size');
    this.#client = client;
    this.#id = Buffer.from(id);
    this.#onSuspended = onSuspended;
    this.#ready = joinPath(path, readyName);
  }

  /**
   * Waits until enough are there and goes in. However it fails, our member is taken away in the background, which `client.close()` awaits.
   *
   * @throws {BarrierTimeoutError} not in within `timeoutMs`
   * @throws {SessionLostError} the session ended while waiting
   * @throws {ConnectTimeoutError} there was no session to begin with
   * @throws the signal's reason, when aborted
   */
  async enter(options: WaitOptions = {}): Promise<Attendance> {
    const { timeoutMs, signal } = parseOptions(waitOptions, options, 'DoubleBarrier.enter');
    const late = () => new BarrierTimeoutError(this.path, timeoutMs ?? 0, `not open, since fewer than ${this.size} were there,`);
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, late);
    deadline.signal.throwIfAborted();
    const session = this.#client.session ?? (await this.#client.connected({ signal: deadline.signal }));
    const limits = { session, signal: deadline.signal };
    for (;;) {
      const place = await this.#arrive(limits);
      let isIn = false;
      try {
        isIn = await this.#opened(place, limits);
      } finally {
        if (!isIn) this.#withdraw(place);
      }
      if (isIn) return new Attendance(this.#client, this.path, place, this.#onSuspended);
      // Somebody deleted our znode: arrive again.
    }
  }

  /**
   * Enters, runs `work`, and leaves together with the others. If `work` fails we go without waiting for them, and its error wins.
   *
   * @param options `timeoutMs` bounds the way in and, anew, the way out
   * @throws as `enter` and `Attendance.leave`, and whatever `work` throws
   */
  async run<T>(work: (lease: Lease) => Promise<T> | T, options: WaitOptions = {}): Promise<T> {
    await using attendance = await this.enter(options);
    const result = await work(attendance.lease);
    await attendance.leave(options);
    return result;
  }

  async #arrive(limits: Limits): Promise<Place> {
    const path = joinPath(this.path, randomUuid());
    try {
      const { stat } = await this.#client.create(path, this.#id, { ...limits, mode: 'ephemeral', parents: true });
      return { path, czxid: stat.czxid, session: limits.session };
    } catch (error) {
      // It may have been made all the same.
      this.#withdraw({ path, session: limits.session });
      throw error;
    }
  }

  #withdraw({ path, session }: Pick<Place, 'path' | 'session'>): void {
    // It never rejects, and `client.close()` waits for it.
    void this.#client.deleteForSure(path, { session });
  }

  /** Resolves with true when we are in, with false when our znode is gone. Looks anew whenever something may have changed, for whatever reason it is woken. */
  async #opened(place: Place, limits: Limits): Promise<boolean> {
    const watched$ = merge(this.#client.watch(this.#ready), this.#client.watch(place.path));
    const changes$ = merge(watched$.pipe(orClosed(`enter ${this.path}`)), endOf(place.session));
    const looks$ = changes$.pipe(
      startWith(undefined),
      switchMap(() => this.#lookUntilServed(place, limits)),
      filter((way) => way !== 'wait'),
    );
    const way = await first(looks$, limits.signal);
    // The answer may have come so late that the session's time has passed meanwhile.
    if (!place.session.isValid()) place.session.signal.throwIfAborted();
    return way === 'enter';
  }

  /** We are in, or in line: what heals is waited out. Nobody waits for a look any more when a newer one has begun, or the barrier is passed. */
  #lookUntilServed(place: Place, limits: Limits): Observable<Exclude<WayIn, 'open'>> {
    return new Observable((subscriber) => {
      const interest = new AbortController();
      subscriber.add(whenAborted(limits.signal, (reason) => interest.abort(reason)));
      whileItHeals(this.#client, interest.signal, () => this.#look(place, { ...limits, signal: interest.signal })).then(
        (way) => {
          subscriber.next(way);
          subscriber.complete();
        },
        (error: unknown) => subscriber.error(error),
      );
      return () => interest.abort();
    });
  }

  async #look(place: Place, limits: Limits): Promise<Exclude<WayIn, 'open'>> {
    // In this order: one whose round is over is seen with its `ready`, or not at all.
    const [ready, names] = await Promise.all([this.#client.exists(this.#ready, limits), membersAt(this.#client, this.path, limits)]);
    let members: ReadonlyMap<string, bigint> | undefined;
    if (ready !== null && !isOpenTo(ready.mzxid, [place.czxid])) members = await arrivalsOf(this.#client, this.path, names, limits);
    const isOpen = ready !== null && isOpenTo(ready.mzxid, members?.values() ?? [place.czxid]);
    const way = wayIn([...(members?.keys() ?? names)], nameOf(place.path), this.size, isOpen);
    if (way !== 'open') return way;
    return (await this.#open(ready !== null, limits)) ? 'enter' : 'wait';
  }

  /** One that is left over is written again, not replaced: who looks at the same time and is slower cannot take the new one for the old. */
  async #open(isLeftOver: boolean, limits: Limits): Promise<boolean> {
    try {
      if (isLeftOver) await this.#client.set(this.#ready, null, limits);
      else await this.#client.create(this.#ready, null, { ...limits, idempotent: true });
      return true;
    } catch (error) {
      // Another has opened just now.
      if (error instanceof NodeExistsError) return true;
      // It has been taken away just now: its watch tells, and we look again.
      if (error instanceof NoNodeError) return false;
      throw error;
    }
  }
}

/** Errors when the session is over. */
function endOf(session: Session): Observable<never> {
  return new Observable((subscriber) => session.whenOver((reason) => subscriber.error(reason)));
}
