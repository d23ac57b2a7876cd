/**
 * What is known of a session's life, by our own clock: until when the servers certainly keep it, when to ask for a sign of life, and when the other side
 * has been silent for too long. Pure; every instant comes in as an argument.
 *
 * Only the leader lets sessions expire, by what its followers pass on to it. A follower that has lost its leader goes on answering reads and pings for
 * a while, so its word alone is believed for no longer than `leaderWordMs`; only what had to go through the leader confirms the session.
 */
export class Liveness {
  #timeoutMs = 0;
  #lastAskedMs = Number.NEGATIVE_INFINITY;
  /** When the first question to the leader was sent that it may not have answered; `Infinity` if it has answered all. */
  #unansweredSinceMs = Number.POSITIVE_INFINITY;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #lastReceivedMs = Number.NEGATIVE_INFINITY;
  #lastAckedSendMs = Number.NEGATIVE_INFINITY;
  #lastConfirmedSendMs = Number.NEGATIVE_INFINITY;
  /**
   * Whose word the present server's is: that of its `leader`; its `own`, for a session that a server in read-only mode has made by itself; of `nobody` who counts,
   * in read-only mode for a session that a leader knows.
   */
  #word: 'leader' | 'own' | 'nobody' = 'leader';

  /** What the server granted; 0 before. */
  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** A server has taken the session, in answer to what was sent at `sentAtMs`. */
  accepted(timeoutMs: number, sentAtMs: number, nowMs: number): void {
    this.#timeoutMs = timeoutMs;
    this.#word = 'leader';
    this.#lastAskedMs = sentAtMs;
    this.#lastSentMs = sentAtMs;
    this.#lastReceivedMs = nowMs;
    this.confirmed(sentAtMs);
  }

  /**
   * A server without a quorum has taken the session. That proves nothing for one that a leader knows; one that it has made by itself owns nothing that a
   * leader could give to another, and lives as long as the server says.
   */
  acceptedReadOnly(timeoutMs: number, sentAtMs: number, nowMs: number): void {
    const isNew = this.#timeoutMs === 0;
    if (isNew || this.#word === 'own') {
      this.accepted(timeoutMs, sentAtMs, nowMs);
      this.#word = 'own';
      return;
    }
    this.#word = 'nobody';
    this.#lastAskedMs = sentAtMs;
    this.#unansweredSinceMs = Number.POSITIVE_INFINITY;
    this.#lastSentMs = sentAtMs;
    this.#lastReceivedMs = nowMs;
  }

  sent(nowMs: number): void {
    this.#lastSentMs = nowMs;
  }

  /** Something was sent that has to go through the leader. */
  asked(nowMs: number): void {
    this.#lastAskedMs = nowMs;
    this.#unansweredSinceMs = Math.min(this.#unansweredSinceMs, nowMs);
    this.sent(nowMs);
  }

  received(nowMs: number): void {
    this.#lastReceivedMs = nowMs;
  }

  /** The server has answered what was sent at `sentAtMs`: it saw the session alive then or later, never when the answer came in. */
  acknowledged(sentAtMs: number): void {
    this.#lastAckedSendMs = Math.max(this.#lastAckedSendMs, sentAtMs);
    if (this.#word === 'own') this.#lastConfirmedSendMs = this.#lastAckedSendMs;
  }

  /** The server has answered, with the leader's help, what was sent at `sentAtMs`. */
  confirmed(sentAtMs: number): void {
    this.#lastConfirmedSendMs = Math.max(this.#lastConfirmedSendMs, sentAtMs);
    this.#unansweredSinceMs = this.#lastAskedMs > sentAtMs ? this.#lastAskedMs : Number.POSITIVE_INFINITY;
    this.acknowledged(sentAtMs);
  }

  /** The session certainly lives before this instant. `-Infinity` before the first server took it. */
  get validUntilMs(): number {
    return Math.min(this.#lastAckedSendMs, this.#lastConfirmedSendMs + this.#leaderWordMs) + this.#timeoutMs;
  }

  /** The servers have given the session up by then, even if they got all that was sent (but for rounding up to their next tick). */
  get goneByMs(): number {
    return this.#lastSentMs + this.#timeoutMs;
  }

  /** When to ask the leader for a sign of life: nothing that went through it has been asked for so long. */
  get askAtMs(): number {
    return this.#lastAskedMs + this.#leaderWordMs;
  }

  /** Two thirds of the timeout without a word from the server: a third is left to find another. @see ZooKeeper `ClientCnxn.readTimeout` */
  get silentAtMs(): number {
    return this.#lastReceivedMs + (this.#timeoutMs * 2) / 3;
  }

  /** Two thirds of the timeout without an answer to what was asked of the leader. In read-only mode there is none to wait for. */
  get leaderSilentAtMs(): number {
    if (this.#word !== 'leader') return Number.POSITIVE_INFINITY;
    return this.#unansweredSinceMs + (this.#timeoutMs * 2) / 3;
  }

  /** A tenth of the timeout: as much as the client's margin, which so covers a follower that dies before it has passed our last sign of life on. */
  get #leaderWordMs(): number {
    return this.#timeoutMs / 10;
  }
}
