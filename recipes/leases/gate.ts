import type { Observable } from 'rxjs';
import type { z } from 'zod';
import { AcquireTimeoutError, type Client, Deadline, parseOptions } from '../../src/index.ts';
import { type ZnodeKey, znodeKey } from '../common/per-znode.ts';
import { DeadlockWatch } from '../inspect/deadlock-watch.ts';
import { type AcquireOptions, acquireOptions, type TryAcquireOptions } from './acquire-options.ts';
import type { Basis } from './basis.ts';
import { Hold } from './hold.ts';
import { held, Lease } from './lease.ts';
import type { Lock } from './lockable.ts';
import { actorOf, CallOwner, type Owner, runAs } from './owner.ts';
import { PositionReport } from './position-report.ts';
import type { Asking, Reentry } from './reentry.ts';
import { TimedBasis } from './timed-basis.ts';

/** What a call wants of a recipe, its options read. */
export interface Entry {
  /** For whom the hold is: the caller's, or one made for this call. */
  readonly caller: Owner;
  /** Whose number the znodes of the call bear. */
  readonly owner: Owner;
  /** Aborts at the deadline, or when the caller gives up. */
  readonly signal: AbortSignal;
  /** False: resolve with null instead of waiting for others. */
  readonly waits: boolean;
  /** To be told how many are ahead, each time that is found out. Never throws: the call ends, by its signal, if the caller's function does. */
  readonly onPosition: (ahead: number) => void;
}

export interface GateOptions {
  readonly path: string;
  /** The recipe's name, for errors about its options. */
  readonly recipe: string;
  /** Where holds are found again, so that owners enter anew at once; undefined: they do not. */
  readonly reentry?: Reentry;
  /** Gets in. However it fails, and if it gives null, it leaves nothing behind. */
  readonly take: (entry: Entry) => Promise<Basis | null>;
}

type Terms = Omit<z.output<typeof acquireOptions>, 'timeoutMs' | 'signal' | 'owner'>;

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
    using call = new CallOwner();
    return await this.#acquire(options, call);
  }

  async tryAcquire(options: TryAcquireOptions = {}): Promise<Lease | null> {
    using call = new CallOwner();
    return await this.#enter(options, call, false);
  }

  async run<T>(work: (lease: Lease) => Promise<T> | T, options: AcquireOptions = {}): Promise<T> {
    using call = new CallOwner();
    const lease = await this.#acquire(options, call);
    let result: T;
    try {
      result = await runAs(options.owner ?? call, () => work(lease));
    } catch (error) {
      // The work's error wins; what keeps the znode there is reported by the client.
      await lease.release().catch(() => {});
      throw error;
    }
    await lease.release();
    return result;
  }

  get znode(): ZnodeKey {
    return znodeKey(this.#client, this.path);
  }

  held$(options: Omit<AcquireOptions, 'signal'> = {}): Observable<Lease> {
    return held(this.#client, (signal) => this.acquire({ ...options, signal }));
  }

  async #acquire(options: AcquireOptions, call: CallOwner): Promise<Lease> {
    const lease = await this.#enter(options, call, true);
    if (lease === null) throw new AcquireTimeoutError(this.path, options.timeoutMs ?? 0);
    return lease;
  }

  /** @param call for whom it is if the options name no owner */
  async #enter(options: AcquireOptions, call: CallOwner, waits: boolean): Promise<Lease | null> {
    const { recipe, reentry } = this.#options;
    const { timeoutMs, signal, owner = call, ...terms } = parseOptions(acquireOptions, options, `${recipe}.acquire`);
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, () => new AcquireTimeoutError(this.path, timeoutMs ?? 0));
    deadline.signal.throwIfAborted();
    const asking = { owner, signal: deadline.signal, waits };
    const acquire = () => this.#hold(asking, terms);
    if (reentry !== undefined) return await reentry.enter(this.znode, asking, acquire);
    const hold = await acquire();
    return hold === null ? null : new Lease(hold);
  }

  async #hold({ owner: caller, signal, waits }: Asking, terms: Terms): Promise<Hold | null> {
    const { onQueued, deadlock, maxHoldMs, warningMs = (maxHoldMs ?? 0) / 5 } = terms;
    const owner = actorOf(caller);
    using report = onQueued === undefined ? undefined : new PositionReport(onQueued, signal);
    const present = report?.signal ?? signal;
    using watch = deadlock === undefined ? undefined : new DeadlockWatch(this.#client, this.path, owner, deadlock, present);
    const positions: number[] = [];
    const onPosition = (ahead: number) => {
      watch?.waits();
      if (positions.at(-1) === ahead) return;
      positions.push(ahead);
      report?.report(ahead);
    };
    const basis = await this.#options.take({ caller, owner, signal: watch?.signal ?? present, waits, onPosition });
    if (basis === null) return null;
    const bounded = maxHoldMs === undefined ? basis : new TimedBasis(basis, this.#client.clock, { maxHoldMs, warningMs });
    return new Hold(bounded, positions);
  }
}
