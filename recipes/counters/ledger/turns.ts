// In rounds, so that it fits fast networks and slow ones; but timers do no less than a millisecond.
const leastRoundMs = 1;
const alone = { turn: 50, pause: () => 2 } as const;
const contended = { turn: 8, pause: (random: number) => 16 * random } as const;
const contentionMs = 1_000;

/**
 * When to give way. Whoever has made the last change knows at once what the next is to be made of; the others have to read it first, and would hardly ever
 * get in between. It learns of them only when one does: so it pauses for a moment now and then, and longer and more often while there are others.
 */
export class Turns {
  #roundMs = leastRoundMs;
  #contendedUntilMs = Number.NEGATIVE_INFINITY;
  #turn: { readonly sinceMs: number; readonly lastMs: number } | undefined;

  /** Ours was the change. */
  won(beganMs: number, nowMs: number): void {
    this.#roundMs = Math.max(leastRoundMs, nowMs - beganMs);
    this.#turn = { sinceMs: this.#turn?.sinceMs ?? nowMs, lastMs: nowMs };
  }

  /** Somebody else was faster. */
  lost(nowMs: number): void {
    this.#contendedUntilMs = nowMs + contentionMs;
    this.#turn = undefined;
  }

  /** How long to wait before the next round. */
  pauseMs(nowMs: number, random: number): number {
    if (this.#turn === undefined) return 0;
    const { sinceMs, lastMs } = this.#turn;
    const terms = nowMs < this.#contendedUntilMs ? contended : alone;
    const hasPaused = nowMs > lastMs + this.#roundMs;
    if (!hasPaused && nowMs < sinceMs + terms.turn * this.#roundMs) return 0;
    this.#turn = undefined;
    return hasPaused ? 0 : terms.pause(random) * this.#roundMs;
  }
}
