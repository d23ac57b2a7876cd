import type { Observable } from 'rxjs';
import type { z } from 'zod';
import {
  type Client,
  joinPath,
  LockUpgradeError,
  NoNodeError,
  nameOf,
  parseOptions,
  SequenceExhaustedError,
  type Session,
  validatePath,
} from '../../src/index.ts';
import { type ZnodeKey, znodeKey } from '../common/per-znode.ts';
import { type Basis, EphemeralBasis, type Place } from '../leases/basis.ts';
import { type Entry, Gate } from '../leases/gate.ts';
import { type HoldOptions, holdOptions } from '../leases/hold-options.ts';
import type { Lock } from '../leases/lockable.ts';
import { Reentry } from '../leases/reentry.ts';
import { askBack } from '../leases/revocation.ts';
import { identityData } from '../line/identity.ts';
import { type Line, nearlyExhausted, readWritePatterns } from '../line/line.ts';
import { followParticipants, type Participant, participantsOf } from '../line/participants.ts';
import { reachFront, withdraw } from '../line/place.ts';

export type ReadWriteLockOptions = HoldOptions;

const names = { read: '__READ__', write: '__WRIT__' } as const;

const reentry = { read: new Reentry(), write: new Reentry() } as const;

/**
 * Many readers or one writer at a time, across processes, in the order of arrival: readers that come after a waiting writer wait for it, so writers do
 * not starve.
 *
 * Reentrant for an owner on either side. An owner that holds the write lock gets the read lock at once, and keeps it when it gives the write lock back:
 * it downgrades, and no writer comes in between. The other way round is a deadlock by itself, so an owner that holds only the read lock and asks for
 * the write lock is refused with `LockUpgradeError`.
 *
 * Suspension and loss are as with `Mutex`.
 *
 * @example
 * const lock = new ReadWriteLock(client, '/locks/catalogue');
 * await lock.read.run(() => show(catalogue));
 * await lock.write.run(async (lease) => change(catalogue, { fencingToken: lease.token }));
 *
 * @see Curator `InterProcessReadWriteLock`: same znodes, so both may contend for one path
 */
export class ReadWriteLock {
  readonly path: string;
  /** Held by many at a time, while nobody writes. */
  readonly read: Lock;
  /** Held by one at a time, while nobody reads. Refused with `LockUpgradeError` to an owner that only reads. */
  readonly write: Lock;
  readonly #client: Client;
  readonly #options: z.output<typeof holdOptions>;

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: ReadWriteLockOptions = {}) {
    validatePath(path, 'ReadWriteLock.path');
    this.#options = parseOptions(holdOptions, options, 'ReadWriteLock.options');
    this.path = path;
    this.#client = client;
    const gate = (side: 'read' | 'write', take: (entry: Entry) => Promise<Basis | null>) =>
      new Gate(client, { path, recipe: `ReadWriteLock.${side}`, reentry: reentry[side], take });
    this.read = gate('read', (entry) => this.#takeRead(entry));
    this.write = gate('write', (entry) => this.#takeWrite(entry));
  }

  /** Who holds and who waits, in line order; those of Curator and kazoo too. Empty if nobody does. */
  participants(): Promise<readonly Participant[]> {
    return participantsOf(this.#client, this.#line('read'));
  }

  /** The same, now and whenever it changes. */
  get line$(): Observable<readonly Participant[]> {
    return followParticipants(this.#client, this.#line('read'));
  }

  /**
   * Asks a holder to give its lock back: `lease.revoke$` tells it.
   *
   * @param participant its path, as `participants` tells it
   * @returns false if it has gone meanwhile
   */
  revoke(participant: string): Promise<boolean> {
    return askBack(this.#client, this.path, participant);
  }

  get #znode(): ZnodeKey {
    return znodeKey(this.#client, this.path);
  }

  #line(side: 'read' | 'write'): Line {
    return { directory: this.path, name: names[side], patterns: readWritePatterns };
  }

  async #takeWrite(entry: Entry): Promise<Basis | null> {
    if (reentry.read.has(entry.caller, this.#znode)) throw new LockUpgradeError(this.path);
    return await this.#lineUp('write', entry);
  }

  async #takeRead(entry: Entry): Promise<Basis | null> {
    // Nothing to await if it does not write: calls of one tick arrive in their order.
    const downgraded = reentry.write.has(entry.caller, this.#znode) ? await this.#downgrade(entry) : undefined;
    return downgraded ?? (await this.#lineUp('read', entry));
  }

  async #lineUp(side: 'read' | 'write', { owner, signal, waits, onPosition }: Entry): Promise<Basis | null> {
    const session = this.#client.session ?? (await this.#client.connected({ signal }));
    const data = identityData(this.#options.id, owner);
    const place = await reachFront(this.#client, this.#line(side), data, { session, signal, onPosition, waits });
    return place === undefined ? null : this.#basisOf(place);
  }

  /**
   * The read lock of an owner that holds the write lock, in the same place of the line: its znode bears the writer's number. Undefined if the owner does not
   * have the write lock, or has given it back before the znode was made.
   */
  async #downgrade({ caller, owner, signal, waits }: Entry): Promise<Basis | undefined> {
    const hold = await reentry.write.holdOf(this.#znode, { owner: caller, signal, waits });
    if (hold === undefined) return undefined;
    if (!hold.isValid()) hold.signal.throwIfAborted();
    // As long as the hold is valid, its session is the present one.
    const { session } = this.#client;
    if (session === undefined) return undefined;
    const place = await this.#createBeside(hold.path, identityData(this.#options.id, owner), session, signal);
    if (place === undefined) return undefined;
    if (hold.isValid()) return this.#basisOf(place);
    // It never rejects, and `client.close()` waits for it.
    void withdraw(this.#client, place);
    return undefined;
  }

  /** @returns undefined if the writer's znode, and all beside it, has been deleted by hand */
  async #createBeside(writer: string, data: Uint8Array, session: Session, signal: AbortSignal): Promise<Place | undefined> {
    const name = nameOf(writer);
    const number = name.slice(name.lastIndexOf(names.write) + names.write.length);
    const sequence = Number(number);
    // Where all have the same number, one that is made later would come after those who wait already.
    if (sequence < 0 || sequence >= nearlyExhausted) throw new SequenceExhaustedError(this.path, sequence);
    const limits = { session, signal, mode: 'ephemeral', protect: true } as const;
    try {
      const { path, stat } = await this.#client.create(joinPath(this.path, `${names.read}${number}`), data, limits);
      return { path, czxid: stat.czxid, session };
    } catch (error) {
      if (error instanceof NoNodeError) return undefined;
      throw error;
    }
  }

  #basisOf(place: Place): Basis {
    return new EphemeralBasis(this.#client, this.#options.onSuspended, place);
  }
}
