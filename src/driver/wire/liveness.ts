/**
 * What is known of a session's life, by our own clock: until when the server certainly keeps it, when to ping, and when the
 * other side has been silent for too long. Pure; every instant comes in as an argument.
 */
export class Liveness {
  #timeoutMs = 0;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #lastReceivedMs = Number.NEGATIVE_INFINITY;
  #lastAckedSendMs = Number.NEGATIVE_INFINITY;

  /** What the server granted; 0 before. */
  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** A server has taken the session, in answer to what was sent at `sentAtMs`. */
  accepted(timeoutMs: number, sentAtMs: number, nowMs: number): void {
    this.#timeoutMs = timeoutMs;
    this.#lastAckedSendMs = sentAtMs;
    this.#lastSentMs = sentAtMs;
    this.#lastReceivedMs = nowMs;
  }

  sent(nowMs: number): void {
    this.#lastSentMs = nowMs;
  }

  received(nowMs: number): void {
    this.#lastReceivedMs = nowMs;
  }

  /** The server has answered what was sent at `sentAtMs`: it saw the session alive then or later, never when the answer came in. */
  acknowledged(sentAtMs: number): void {
    if (sentAtMs > this.#lastAckedSendMs) this.#lastAckedSendMs = sentAtMs;
  }

  /** The session certainly lives before this instant. `-Infinity` before the first server took it. */
  get validUntilMs(): number {
    return this.#lastAckedSendMs + this.#timeoutMs;
  }

  /** The servers have given the session up by then, even if they got all that was sent (but for rounding up to their next tick). */
  get goneByMs(): number {
    return this.#lastSentMs + this.#timeoutMs;
  }

  /** A third of the timeout without a word from us. Any request is as good as a ping. @see ZooKeeper `ClientCnxn` */
  get pingAtMs(): number {
    return this.#lastSentMs + this.#timeoutMs / 3;
  }

  /** Two thirds of the timeout without a word from the server: a third is left to find another. @see ZooKeeper `ClientCnxn.readTimeout` */
  get silentAtMs(): number {
    return this.#lastReceivedMs + (this.#timeoutMs * 2) / 3;
  }
}
