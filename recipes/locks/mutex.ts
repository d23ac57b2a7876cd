import type { Observable } from 'rxjs';
import { z } from 'zod';
import { type Client, parseOptions, type Session, validatePath } from '../../src/index.ts';
import type { ZnodeKey } from '../common/per-znode.ts';
import type { AcquireOptions, TryAcquireOptions } from '../leases/acquire-options.ts';
import { type Basis, EphemeralBasis, type Place } from '../leases/basis.ts';
import { type Entry, Gate } from '../leases/gate.ts';
import { type HoldOptions, holdOptions } from '../leases/hold-options.ts';
import type { Lease } from '../leases/lease.ts';
import type { Lockable } from '../leases/lockable.ts';
import type { Owner } from '../leases/owner.ts';
import { Reentry } from '../leases/reentry.ts';
import { askBack } from '../leases/revocation.ts';
import { identityData } from '../line/identity.ts';
import { type Line, mutexPatterns } from '../line/line.ts';
import { followParticipants, type Participant, participantsOf } from '../line/participants.ts';
import { reachFront } from '../line/place.ts';
import { type Approach, PassedBasis, takeTurn } from './handoff.ts';

export interface MutexOptions extends HoldOptions {
  /**
   * Callers in this process (on this client) share one place in line and pass the lock on among themselves, at most `max` times before the line moves on:
   * much faster when many of them wait, and less fair, since others wait for up to `max` more of ours. Default: each stands in line.
   */
  readonly handoff?: Handover | undefined;
}

export interface Handover {
  /** How many times the lock is passed on, at most. */
  readonly max: number;
}

const mutexOptions = holdOptions.extend({
  handoff: z.strictObject({ max: z.int('must be a whole number').positive('must be greater than 0') }).optional(),
});

const reentry = new Reentry();

/**
 * A fair lock across processes: one holder at a time, in the order of arrival at the server. One instance can be acquired many times, by many
 * callers, and two instances on one path exclude each other like two processes.
 *
 * While the session is suspended, a place in line is kept and nothing is granted; a lease stays valid until `Session.validUntilMs`. When the
 * session is lost, leases end (`lease.signal`) and waits end with `SessionLostError`. Killing a holder frees the lock when its session expires.
 *
 * Reentrant for an owner (`AcquireOptions.owner`); `run` makes one, so nested calls enter again instead of waiting for themselves.
 *
 * @example
 * const mutex = new Mutex(client, '/locks/report');
 * await mutex.run(async (lease) => write(report, { fencingToken: lease.token }), { timeoutMs: 10_000 });
 *
 * @see Curator `InterProcessMutex`: same znodes, so both may contend for one path. go-zookeeper's and kazoo's lock znodes are respected too.
 */
export class Mutex implements Lockable {
  readonly path: string;
  readonly #client: Client;
  readonly #options: z.output<typeof mutexOptions>;
  readonly #line: Line;
  readonly #gate: Gate;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: MutexOptions = {}) {
    validatePath(path, 'Mutex.path');
    this.#options = parseOptions(mutexOptions, options, 'Mutex.options');
    this.path = path;
    this.#client = client;
    this.#line = { directory: path, name: 'lock-', patterns: mutexPatterns };
    this.#gate = new Gate(client, { path, recipe: 'Mutex', reentry, take: (entry) => this.#take(entry) });
  }

  /**
   * Waits in line for the lock and resolves with the lease. Free, it takes one round trip.
   *
   * However it fails, no znode is left: the place in line is given up in the background, which `client.close()` awaits.
   *
   * @throws {AcquireTimeoutError} not ours within `timeoutMs`
   * @throws {SessionLostError} the session ended while waiting
   * @throws {ConnectTimeoutError} there was no session to begin with
   * @throws {LeaseLostError} the owner's hold, which this would have entered again, is lost
   * @throws the signal's reason, when aborted
   */
  acquire(options?: AcquireOptions): Promise<Lease> {
    return this.#gate.acquire(options);
  }

  /**
   * The lease if the lock is free (or already the owner's), else null; never waits in line.
   *
   * @throws as `acquire`; `timeoutMs` bounds the round trips
   */
  tryAcquire(options?: TryAcquireOptions): Promise<Lease | null> {
    return this.#gate.tryAcquire(options);
  }

  /**
   * Acquires, runs `work` and releases, however `work` ends; its error wins. Calls of `work`, and all that it awaits, hold the lock already
   * and enter again.
   *
   * @throws as `acquire`, and whatever `work` throws
   */
  run<T>(work: (lease: Lease) => Promise<T> | T, options?: AcquireOptions): Promise<T> {
    return this.#gate.run(work, options);
  }

  /** Which znode that is, whatever the namespace it was named in. */
  get znode(): ZnodeKey {
    return this.#gate.znode;
  }

  /** Subscribing gets in line; emits the lease; unsubscribing leaves the line or releases; errors when the lease is lost. */
  held$(options?: Omit<AcquireOptions, 'signal'>): Observable<Lease> {
    return this.#gate.held$(options);
  }

  /** Who holds and who waits, in line order; those of Curator, go-zookeeper and kazoo too. Empty if nobody does. */
  participants(): Promise<readonly Participant[]> {
    return participantsOf(this.#client, this.#line);
  }

  /** The same, now and whenever somebody comes or goes. Like all that follows state, it goes on through lost connections and sessions. */
  get line$(): Observable<readonly Participant[]> {
    return followParticipants(this.#client, this.#line);
  }

  /**
   * Asks a holder to give the lock back: `lease.revoke$` tells it, or the listener of a Java peer that has made its lock revocable. It overwrites the
   * identity in the holder's znode.
   *
   * @param participant its path, as `participants` tells it
   * @returns false if it has gone meanwhile
   * @see Curator `Revoker.attemptRevoke`
   */
  revoke(participant: string): Promise<boolean> {
    return askBack(this.#client, this.path, participant);
  }

  async #take(entry: Entry): Promise<Basis | null> {
    const session = this.#client.session ?? (await this.#client.connected({ signal: entry.signal }));
    const { handoff } = this.#options;
    if (handoff !== undefined) return await this.#takeTurn(entry, session, handoff.max);
    const place = await this.#reachFront(session, entry, entry.owner);
    return place === undefined ? null : this.#basisOf(place);
  }

  async #takeTurn(entry: Entry, session: Session, max: number): Promise<Basis | null> {
    const turn = await takeTurn(this.#client, session, this.path, entry, (ours, approach) => this.#reachFront(session, approach, ours));
    return turn === null ? null : new PassedBasis(this.#basisOf(turn.place), turn, max);
  }

  #reachFront(session: Session, { signal, waits, onPosition }: Approach, owner: Owner): Promise<Place | undefined> {
    return reachFront(this.#client, this.#line, identityData(this.#options.id, owner), { session, signal, waits, onPosition });
  }

  #basisOf(place: Place): Basis {
    return new EphemeralBasis(this.#client, this.#options.onSuspended, place);
  }
}
