import type { Observable } from 'rxjs';
import { z } from 'zod';
import { type Client, InvalidArgumentError, joinPath, nameOf, parseOptions, validatePath } from '../../src/index.ts';
import { PerZnode, type ZnodeKey, znodeKey } from '../common/per-znode.ts';
import type { AcquireOptions, TryAcquireOptions } from '../leases/acquire-options.ts';
import { type Basis, EphemeralBasis } from '../leases/basis.ts';
import { type Entry, Gate } from '../leases/gate.ts';
import { type HoldOptions, holdOptions } from '../leases/hold-options.ts';
import type { Lease } from '../leases/lease.ts';
import type { Lockable } from '../leases/lockable.ts';
import { identityData } from '../line/identity.ts';
import { type Line, mutexPatterns } from '../line/line.ts';
import { LocalContenders } from '../line/local-contenders.ts';
import { reachFront, withdraw } from '../line/place.ts';
import { countedLimit, fixedLimit, type LeaseLimit, type Leases } from './lease-limit.ts';
import { type Places, type Taken, takeFree, takeInTurn } from './permits.ts';

export type SemaphoreOptions = HoldOptions;

/** How many leases to take at once, all or none. Default: 1. */
export interface Permits {
  readonly permits?: number | undefined;
}

const contendersOf = new PerZnode<LocalContenders>();

const positiveInteger = z.int('must be an integer').positive('must be greater than 0');

/**
 * So many leases for as many holders, across processes. Whoever has to wait enters in the order of arrival, and several leases are had at once or not at
 * all, so that nobody blocks others with half of what it wants.
 *
 * Not reentrant: each call takes leases of its own. Suspension and loss are as with `Mutex`.
 *
 * @example
 * const connections = new Semaphore(client, '/pools/database', 20);
 * await connections.run(async (lease) => query({ fencingToken: lease.token }), { timeoutMs: 10_000 });
 *
 * @see Curator `InterProcessSemaphoreV2`: same znodes, so both may contend for one path
 */
export class Semaphore implements Lockable {
  readonly path: string;
  readonly #client: Client;
  readonly #leases: Leases;
  readonly #limit: LeaseLimit;
  readonly #line: Line;
  readonly #directory: string;
  readonly #options: z.output<typeof holdOptions>;
  /** It would then ask in vain whether leases are free. */
  #hadToWait = false;

  /**
   * Does no I/O.
   *
   * @param leases how many there are. All contenders have to go by the same; or all by the znode at a `countPath`, which may change
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, leases: Leases, options: SemaphoreOptions = {}) {
    validatePath(path, 'Semaphore.path');
    this.#options = parseOptions(holdOptions, options, 'Semaphore.options');
    this.path = path;
    this.#client = client;
    this.#leases = leases;
    this.#limit = limitOf(client, leases);
    this.#line = { directory: joinPath(path, 'locks'), name: 'lock-', patterns: mutexPatterns };
    this.#directory = joinPath(path, 'leases');
  }

  /** Which znode that is, whatever the namespace it was named in. */
  get znode(): ZnodeKey {
    return znodeKey(this.#client, this.path);
  }

  /**
   * Waits in line for the leases and resolves with one `Lease` for all. Free, they take one round trip.
   *
   * However it fails, no znode is left: what was made is given back in the background, which `client.close()` awaits.
   *
   * @throws {AcquireTimeoutError} not ours within `timeoutMs`
   * @throws {SessionLostError} the session ended while waiting
   * @throws {ConnectTimeoutError} there was no session to begin with
   * @throws {MalformedDataError} the znode at `countPath` has no count
   * @throws {InvalidArgumentError} more permits than the fixed number of leases
   * @throws the signal's reason, when aborted
   */
  async acquire({ permits, ...options }: AcquireOptions & Permits = {}): Promise<Lease> {
    return await this.#gate(permits).acquire(options);
  }

  /**
   * The leases if so many are free and nobody waits, else null; never waits in line.
   *
   * @throws as `acquire`; `timeoutMs` bounds the round trips
   */
  async tryAcquire({ permits, ...options }: TryAcquireOptions & Permits = {}): Promise<Lease | null> {
    return await this.#gate(permits).tryAcquire(options);
  }

  /**
   * Acquires, runs `work` and gives back, however `work` ends; its error wins.
   *
   * @throws as `acquire`, and whatever `work` throws
   */
  async run<T>(work: (lease: Lease) => Promise<T> | T, { permits, ...options }: AcquireOptions & Permits = {}): Promise<T> {
    return await this.#gate(permits).run(work, options);
  }

  /** Subscribing gets in line; emits the lease; unsubscribing leaves the line or gives back; errors when the lease is lost. */
  held$({ permits, ...options }: Omit<AcquireOptions, 'signal'> & Permits = {}): Observable<Lease> {
    return this.#gate(permits).held$(options);
  }

  #gate(permits: unknown = 1): Gate {
    const take = async (entry: Entry) => {
      const count = parseOptions(positiveInteger, permits, 'Semaphore.acquire.permits');
      if (typeof this.#leases === 'number' && count > this.#leases) {
        throw new InvalidArgumentError(
          'Semaphore.acquire.permits',
          count,
          `must not be more than the ${this.#leases} leases that there are`,
        );
      }
      return await this.#take(count, entry);
    };
    return new Gate(this.#client, { path: this.path, recipe: 'Semaphore', take });
  }

  async #take(permits: number, { owner, signal, waits, onPosition }: Entry): Promise<Basis | null> {
    const session = this.#client.session ?? (await this.#client.connected({ signal }));
    const data = identityData(this.#options.id, owner);
    const wanted = { directory: this.#directory, permits, limit: this.#limit, data };
    const limits = { session, signal };
    if (!waits || !this.#hadToWait) {
      const free = await takeFree(this.#client, wanted, this.#line.directory, limits);
      if (free !== undefined || !waits) return free === undefined ? null : this.#basisOf(free);
    }
    this.#hadToWait = false;
    const noteWait = (ahead: number) => {
      this.#hadToWait = true;
      onPosition(ahead);
    };
    using share = contendersOf.share(this.znode, () => new LocalContenders());
    const contenders = share.value;
    const place = await reachFront(this.#client, this.#line, data, { ...limits, onPosition: noteWait, waits, contenders });
    if (place === undefined) return null;
    const name = nameOf(place.path);
    let taken: Taken | undefined;
    let withdrawn: Promise<Error | undefined> | undefined;
    try {
      const taking = takeInTurn(this.#client, wanted, limits, () => noteWait(0));
      contenders.asked(name, permits);
      taken = await taking;
      contenders.granted(taken.left);
    } finally {
      withdrawn = withdraw(this.#client, place);
      contenders.left(name, true);
    }
    return this.#basisOf(taken.places, withdrawn);
  }

  #basisOf([first, ...others]: Places, withdrawn?: Promise<Error | undefined>): Basis {
    return new EphemeralBasis(this.#client, this.#options.onSuspended, first, others, withdrawn);
  }
}

function limitOf(client: Client, leases: unknown): LeaseLimit {
  if (typeof leases !== 'object') return fixedLimit(parseOptions(positiveInteger, leases, 'Semaphore.leases'));
  const { countPath } = parseOptions(z.strictObject({ countPath: z.string('must be a string') }), leases, 'Semaphore.leases');
  validatePath(countPath, 'Semaphore.leases.countPath');
  return countedLimit(client, countPath);
}
