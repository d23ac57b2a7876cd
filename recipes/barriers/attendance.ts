import {
  BarrierTimeoutError,
  type CallOptions,
  type Client,
  Deadline,
  joinPath,
  nameOf,
  parseOptions,
  type Session,
} from '../../src/index.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import { whileItHeals } from '../common/while-it-heals.ts';
import { EphemeralBasis, type OnSuspended, type Place } from '../leases/basis.ts';
import { Hold } from '../leases/hold.ts';
import { Lease } from '../leases/lease.ts';
import { companionsOf, readyName, wayOut } from './gathering.ts';
import { arrivalsOf, membersAt } from './members.ts';

/** Those who began together. */
interface Round {
  /** Those who came later wait outside, or went in late: who waited for them might wait for ever. */
  readonly companions: ReadonlySet<string>;
  /** Of `ready`; undefined if there is none. As long as one of us is there nobody writes it again. */
  readonly readyVersion: number | undefined;
}

/** Being in at a `DoubleBarrier`, from `enter` to `leave`. */
export class Attendance implements AsyncDisposable {
  /** Our member: its znode, a fencing token, and a signal that aborts when the others may not count on us any more. Releasing it is to go without waiting. */
  readonly lease: Lease;
  readonly #client: Client;
  readonly #directory: string;
  readonly #session: Session;
  readonly #hold: Hold;
  /** As it was when we began to leave. */
  #round: Round | undefined;

  /** Made by `DoubleBarrier.enter`. */
  constructor(client: Client, directory: string, place: Place, onSuspended: OnSuspended) {
    this.#client = client;
    this.#directory = directory;
    this.#session = place.session;
    this.#hold = new Hold(new EphemeralBasis(client, onSuspended, place));
    this.lease = new Lease(this.#hold);
  }

  /**
   * Waits until all who were there when the barrier opened leave too, or die. However it ends, we have left: nobody waits for us any more.
   *
   * @throws {BarrierTimeoutError} others are still there after `timeoutMs`
   * @throws {LeaseLostError} our session ended before we left
   * @throws {SessionLostError} it ended while we left, so that nobody knows who left before whom
   * @throws the signal's reason, when aborted
   */
  async leave(options: WaitOptions = {}): Promise<void> {
    const { timeoutMs, signal } = parseOptions(waitOptions, options, 'Attendance.leave');
    const late = () => new BarrierTimeoutError(this.#directory, timeoutMs ?? 0, 'others are still there');
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, late);
    try {
      deadline.signal.throwIfAborted();
      await this.#leave(deadline.signal);
    } catch (error) {
      // It wins over what keeps our znode there.
      await this.lease.release().catch(() => {});
      throw error;
    }
    await this.lease.release();
  }

  /** Goes, without waiting for the others. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.lease.release();
  }

  async #leave(signal: AbortSignal): Promise<void> {
    const own = nameOf(this.lease.path);
    for (;;) {
      const limits = this.#limits(signal);
      const names = await whileItHeals(this.#client, signal, () => membersAt(this.#client, this.#directory, limits));
      this.#round ??= await whileItHeals(this.#client, signal, () => this.#roundOf(names, limits));
      const { companions, readyVersion } = this.#round;
      const way = wayOut(
        names.filter((name) => companions.has(name)),
        own,
      );
      if (way.kind === 'done') return;
      if (way.kind === 'last') {
        await this.#goLast(readyVersion, signal);
        return;
      }
      const changed = whileItHeals(this.#client, signal, () => this.#client.whenChanged(joinPath(this.#directory, way.behind), limits));
      // In the same flight, behind the watch.
      const gone = way.goesFirst ? this.lease.release() : undefined;
      await changed;
      await gone;
    }
  }

  /** As long as our member is there, only in its session. Gone, we may wait for the others in any. */
  #limits(signal: AbortSignal): CallOptions {
    if (this.#hold.isOver) return { signal };
    this.lease.assertValid();
    return { signal, session: this.#session };
  }

  async #roundOf(names: readonly string[], limits: CallOptions): Promise<Round> {
    const [ready, arrivals] = await Promise.all([
      this.#client.exists(joinPath(this.#directory, readyName), limits),
      arrivalsOf(this.#client, this.#directory, names, limits),
    ]);
    return { companions: ready === null ? new Set() : companionsOf(ready.mzxid, arrivals), readyVersion: ready?.version };
  }

  /** Takes `ready` away with us; by its version, since the next round may have written its own before our deletion arrives. */
  async #goLast(version: number | undefined, signal: AbortSignal): Promise<void> {
    const gone = this.lease.release();
    try {
      if (version !== undefined) await this.#client.delete(joinPath(this.#directory, readyName), { signal, version });
    } catch {
      // A `ready` that is left over opens to nobody.
    }
    await gone;
  }
}
