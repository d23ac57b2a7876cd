import type { Observable } from 'rxjs';
import type { z } from 'zod';
import { AcquireTimeoutError, type Client, Deadline, parseOptions } from '../../src/index.ts';
import { DeadlockWatch } from '../inspect/deadlock-watch.ts';
import { type AcquireOptions, acquireOptions, type TryAcquireOptions } from './acquire-options.ts';
import type { Basis } from './basis.ts';
import { Hold } from './hold.ts';
import { held, Lease } from './lease.ts';
import type { Lock } from './lockable.ts';
import { asOwner, currentOwner, enterAgain, type Owner } from './owner.ts';
import { TimedBasis } from './timed-basis.ts';

/** What a call wants of a recipe, its options read. */
export interface Entry {
  /** The caller's, or one made for this call. */
  readonly owner: Owner;
  /** Aborts at the deadline, or when the caller gives up. */
  readonly signal: AbortSignal;
  /** False: resolve with null instead of waiting for others. */
  readonly waits: boolean;
  /** To be told how many are ahead, each time that is found out. */
  readonly onPosition: (ahead: number) => void;
}

export interface GateOptions {
  readonly path: string;
  /** The recipe's name, for errors about its options. */
  readonly recipe: string;
  /** Under what an owner's hold is found again, so that it enters anew at once; undefined: it does not. */
  readonly reentry?: string;
  /** Gets in. However it fails, and if it gives null, it leaves nothing behind. */
  readonly take: (entry: Entry) => Promise<Basis | null>;
}

/**
 * All ways into a recipe, in terms of one: options and their defaults, the one deadline of a call, owners who enter again, leases, and the guarded and
 * the observable form. The recipes themselves say only how to get in.
 */
export class Gate implements Lock {
  readonly path: string;
  readonly #client: Client;
  readonly #options: GateOptions;

  constructor(client: Client, options: GateOptions) {
    this.path = options.path;
    this.#client = client;
    this.#options = options;
  }

  async acquire(options: AcquireOptions = {}): Promise<Lease> {
    const lease = await this.#enter(options, true);
    if (lease === null) throw new AcquireTimeoutError(this.path, options.timeoutMs ?? 0);
    return lease;
  }

  async tryAcquire(options: TryAcquireOptions = {}): Promise<Lease | null> {
    return await this.#enter(options, false);
  }

  async run<T>(work: (lease: Lease) => Promise<T> | T, options: AcquireOptions = {}): Promise<T> {
    const owner = options.owner ?? currentOwner() ?? {};
    await using lease = await this.acquire({ ...options, owner });
    return await asOwner(owner, () => work(lease));
  }

  held$(options: Omit<AcquireOptions, 'signal'> = {}): Observable<Lease> {
    return held((signal) => this.acquire({ ...options, signal }));
  }

  async #enter(options: AcquireOptions, waits: boolean): Promise<Lease | null> {
    const { recipe, reentry } = this.#options;
    const { timeoutMs, signal, owner = currentOwner(), ...waiting } = parseOptions(acquireOptions, options, `${recipe}.acquire`);
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, () => new AcquireTimeoutError(this.path, timeoutMs ?? 0));
    deadline.signal.throwIfAborted();
    const wish = { owner: owner ?? {}, signal: deadline.signal, waits };
    const enterFirst = (whenOver: () => void) => this.#hold(wish, waiting, whenOver);
    if (owner !== undefined && reentry !== undefined) return await enterAgain(owner, this.#client, reentry, deadline.signal, enterFirst);
    const hold = await enterFirst(() => {});
    return hold === null ? null : new Lease(hold);
  }

  async #hold(
    wish: Omit<Entry, 'onPosition'>,
    {
      onQueued,
      deadlock,
      maxHoldMs,
      warningMs = (maxHoldMs ?? 0) / 5,
    }: Omit<z.output<typeof acquireOptions>, 'timeoutMs' | 'signal' | 'owner'>,
    whenOver: () => void,
  ): Promise<Hold | null> {
    using watch = deadlock === undefined ? undefined : new DeadlockWatch(this.#client, this.path, wish.owner, deadlock, wish.signal);
    const positions: number[] = [];
    const onPosition = (ahead: number) => {
      watch?.waits();
      if (positions.at(-1) === ahead) return;
      positions.push(ahead);
      onQueued?.(ahead);
    };
    const basis = await this.#options.take({ ...wish, signal: watch?.signal ?? wish.signal, onPosition });
    if (basis === null) return null;
    const bounded = maxHoldMs === undefined ? basis : new TimedBasis(basis, this.#client.clock, { maxHoldMs, warningMs });
    return new Hold(bounded, positions, whenOver);
  }
}
