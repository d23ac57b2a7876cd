/** What the window notes of a request. */
export interface InFlight {
  sentAtMs: number;
  /** What it takes of the window. */
  cost: number;
  /** What was in flight when it was sent, itself included. */
  flight: number;
}

const unitBytes = 4 * 1024;

// So few that a server which needs a tenth of the session's timeout for each answers the last in time.
const firstUnits = 8;
const smallestUnits = 1;

/** How much of the session's timeout requests may wait behind others of their flight. */
const patience = 1 / 8;

/**
 * How much may be in flight on one connection. A server answers in order, so a sign of life waits behind all that was sent before; a flight that takes it longer than
 * the session's timeout would cost the session, though the server answers all along. So the window opens by what has been answered, and how fast:
 * fourfold with each round trip while the queue at the server is short, not at all when it is long, and it closes when it is too long. Pure.
 *
 * What counts is the wait behind others, which is what a reply took beyond the fastest: a far server is not a slow one.
 *
 * @see RFC 5681 (slow start), RFC 7661 (a window that is not used proves nothing), Vegas (Brakmo and Peterson, 1994)
 */
export class FlightWindow {
  readonly #longestWaitMs: number;
  #units = firstUnits;
  #inFlight = 0;
  /** Whether nothing was in flight before the request that is answered next. */
  #isOldestAlone = false;
  #shortestMs = Number.POSITIVE_INFINITY;
  /** When the window was last as good as full: what it has opened to was proven then. */
  #fullAtMs = Number.NEGATIVE_INFINITY;
  /** Replies to what was sent before say nothing of the smaller window. */
  #closedAtMs = Number.NEGATIVE_INFINITY;

  constructor(sessionTimeoutMs: number) {
    this.#longestWaitMs = sessionTimeoutMs * patience;
  }

  /** Whether one more request may leave. The first may always. */
  get hasRoom(): boolean {
    return this.#inFlight < this.#units;
  }

  /** How many requests of the smallest size may be in flight. */
  get units(): number {
    return this.#units;
  }

  sent(request: InFlight, bytes: number, nowMs: number): void {
    if (nowMs - this.#fullAtMs > this.#longestWaitMs) this.#units = Math.min(this.#units, firstUnits);
    if (this.#inFlight === 0) this.#isOldestAlone = true;
    request.cost = 1 + Math.floor(bytes / unitBytes);
    this.#inFlight += request.cost;
    request.flight = this.#inFlight;
    request.sentAtMs = nowMs;
    if (this.#inFlight * 2 >= this.#units) this.#fullAtMs = nowMs;
  }

  answered({ cost, flight, sentAtMs }: InFlight, nowMs: number): void {
    this.#inFlight -= cost;
    const tookMs = nowMs - sentAtMs;
    // Of a reply that is faster than all before nobody knows how much of it was waiting.
    const knownMs = tookMs < this.#shortestMs ? tookMs : tookMs - this.#shortestMs;
    const isMeasure = this.#isOldestAlone && this.#units === smallestUnits;
    this.#isOldestAlone = false;
    this.#shortestMs = isMeasure ? tookMs : Math.min(this.#shortestMs, tookMs);
    const waitMs = tookMs - this.#shortestMs;
    if (waitMs > this.#longestWaitMs) this.#close(waitMs, sentAtMs, nowMs);
    else if (this.#fullAtMs >= sentAtMs) this.#open(cost, flight, this.#growth(knownMs));
  }

  /** No further than in proportion to the flight that this wait is known of. */
  #open(cost: number, flight: number, growth: number): void {
    this.#units = Math.max(this.#units, Math.min(this.#units + growth * cost, (growth + 1) * flight));
  }

  #growth(waitMs: number): number {
    if (waitMs * 8 <= this.#longestWaitMs) return 3;
    return waitMs * 2 <= this.#longestWaitMs ? 1 : 0;
  }

  #close(waitMs: number, sentAtMs: number, nowMs: number): void {
    if (sentAtMs < this.#closedAtMs) return;
    this.#closedAtMs = nowMs;
    this.#units = Math.max(smallestUnits, Math.floor((this.#units * this.#longestWaitMs) / waitMs));
  }
}
