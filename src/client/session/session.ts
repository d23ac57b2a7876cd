import { setMaxListeners } from 'node:events';
import type { Clock } from '../../clock.ts';
import { Ender, type Ending } from '../../ending.ts';
import type { SessionLostError } from '../../errors/session.ts';

/** What a session is known by, and who knows how long it lives. */
export interface SessionFacts {
  readonly number: number;
  readonly id: bigint;
  readonly timeoutMs: number;
  /** The driver: `validUntilMs` is its word on when the session can last have been alive for certain. */
  readonly driver: { readonly validUntilMs: number };
  readonly marginMs: number;
  readonly clock: Clock;
  /** Aborted with a `SessionLostError` when the session is over. */
  readonly over: AbortSignal;
  /** Called when a question finds that the time has passed; aborts `over` before it returns. */
  readonly giveUp: () => void;
}

/**
 * One session with the ensemble. It stays what it is after it is over: the client's next session is another object.
 *
 * The clock rule: the session is certainly alive until `validUntilMs`, and not a millisecond longer is promised to anyone. `isValid()` compares the
 * clock when it is asked, so it tells the truth at the first line after a stalled event loop or a stopped process.
 */
export class Session implements Ending {
  /** 1, 2, 3 … of this client. */
  readonly number: number;
  /** The server's name for it: `ephemeralOwner` of its ephemeral znodes. */
  readonly id: bigint;
  /** What the server granted, in milliseconds. */
  readonly timeoutMs: number;
  /** Aborted with a `SessionLostError` when the session is over, by the server's word or by our clock. */
  readonly signal: AbortSignal;
  readonly #facts: SessionFacts;
  readonly #ender = new Ender();

  /** Sessions are made by the client. */
  constructor(facts: SessionFacts) {
    this.number = facts.number;
    this.id = facts.id;
    this.timeoutMs = facts.timeoutMs;
    this.signal = facts.over;
    this.#facts = facts;
    // Every lease listens, and there is no upper bound to their number.
    setMaxListeners(0, facts.over);
    facts.over.addEventListener('abort', () => this.#ender.end(facts.over.reason), { once: true });
  }

  /** Certainly alive before this instant of `client.now()`. Moves on with every answer of a server; `-Infinity` once it is over. */
  get validUntilMs(): number {
    return this.signal.aborted ? Number.NEGATIVE_INFINITY : this.#facts.driver.validUntilMs - this.#facts.marginMs;
  }

  /** By the clock at the time of asking. If it finds the time passed, the session is over, and `signal` aborted, before this returns. */
  isValid(): boolean {
    if (this.signal.aborted) return false;
    if (this.#facts.clock.now() < this.validUntilMs) return true;
    this.#facts.giveUp();
    return false;
  }

  /** Why it is over; undefined while it is not known to be. Does not look at the clock. */
  get over(): { readonly reason: unknown } | undefined {
    return this.#ender.over;
  }

  /** As a listener of `signal`, at a cost that does not grow with the number of listeners. Returns the way to stop listening. */
  whenOver(action: (reason: SessionLostError) => void): () => void {
    // The signal has never another reason.
    return this.#ender.whenOver((reason) => action(reason as SessionLostError));
  }
}
