import type { CancelTimer, Clock } from '../clock.ts';

export interface Session {
  readonly id: bigint;
  readonly password: Buffer;
  /** What was granted last; a client may ask for another upon reconnecting. */
  timeoutMs: number;
  heardAtMs: number;
  /** Does not expire: a fault, or no connection can reach the server. */
  isFrozen: boolean;
}

// Standalone servers count as number 1; it is the first byte of their session ids.
const serverId = 1n;

/**
 * Who has a session, and until when. Expires each at its own instant, where ZooKeeper rounds up to the next tick.
 *
 * @see ZooKeeper `SessionTrackerImpl`
 */
export class Sessions {
  readonly #clock: Clock;
  readonly #onExpired: (session: Session) => void;
  readonly #live = new Map<bigint, { readonly session: Session; cancelTimer: CancelTimer }>();
  #nextId: bigint;

  constructor(clock: Clock, onExpired: (session: Session) => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
    this.#nextId = (serverId << 56n) | ((BigInt(Math.trunc(clock.wallTime())) & 0xff_ffff_ffffn) << 16n);
  }

  all(): readonly Session[] {
    return [...this.#live.values()].map(({ session }) => session);
  }

  get(id: bigint): Session | undefined {
    return this.#live.get(id)?.session;
  }

  open(timeoutMs: number): Session {
    const password = Buffer.from(Array.from({ length: 16 }, () => Math.floor(this.#clock.random() * 256)));
    const session: Session = {
      id: this.#nextId,
      password,
      timeoutMs,
      heardAtMs: this.#clock.now(),
      isFrozen: false,
    };
    this.#nextId += 1n;
    this.#live.set(session.id, { session, cancelTimer: () => {} });
    this.#arm(session);
    return session;
  }

  /** The session lives on for its timeout from now. */
  touch(session: Session): void {
    session.heardAtMs = this.#clock.now();
  }

  /** As `touch`, and with another timeout. */
  renew(session: Session, timeoutMs: number): void {
    session.timeoutMs = timeoutMs;
    this.touch(session);
    this.#arm(session);
  }

  freeze(session: Session): void {
    session.isFrozen = true;
    this.#live.get(session.id)?.cancelTimer();
  }

  /** Its timeout begins anew. */
  thaw(session: Session): void {
    session.isFrozen = false;
    this.renew(session, session.timeoutMs);
  }

  end(session: Session): void {
    this.#live.get(session.id)?.cancelTimer();
    this.#live.delete(session.id);
  }

  /** Stops every timer. */
  close(): void {
    for (const { cancelTimer } of this.#live.values()) cancelTimer();
    this.#live.clear();
  }

  /** One timer a session, which looks again when it fires: a request only notes its time. */
  #arm(session: Session): void {
    const entry = this.#live.get(session.id);
    if (entry === undefined || session.isFrozen) return;
    entry.cancelTimer();
    const leftMs = session.heardAtMs + session.timeoutMs - this.#clock.now();
    if (leftMs > 0) entry.cancelTimer = this.#clock.setTimer(Math.ceil(leftMs), () => this.#arm(session), { background: true });
    else this.#onExpired(session);
  }
}
