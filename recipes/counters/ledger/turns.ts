// In rounds, so that it fits fast networks and slow ones; but timers do no less than a millisecond.
const leastRoundMs = 1;
const alone = { rounds: 100, pause: () => 2 } as const;
const contended = { rounds: 8, pause: (random: number) => 16 * random } as const;
const contentionMs = 1_000;

/**
 * When to give way. Whoever has made the last change knows at once what the next is to be made of; the others have to read it first, and would hardly ever
 * get in between. It learns of them only when one does: so it pauses for a moment now and then, and longer and more often while there are others.
 */
export class Turns {
  #contendedUntilMs = Number.NEGATIVE_INFINITY;
  #turn: { readonly sinceMs: number; readonly lastMs: number; readonly roundMs: number } | undefined;

  /** Ours was the change. */
  won(beganMs: number, nowMs: number): void {
    const { sinceMs, roundMs } = this.#turn ?? { sinceMs: nowMs, roundMs: Number.POSITIVE_INFINITY };
    // One that took long was in the machine's way, not in the network's.
    this.#turn = { sinceMs, lastMs: nowMs, roundMs: Math.max(leastRoundMs, Math.min(roundMs, nowMs - beganMs)) };
  }

  /** Somebody else was faster. */
  lost(nowMs: number): void {
    this.#contendedUntilMs = nowMs + contentionMs;
    this.#turn = undefined;
  }

  /** How long to wait before the next round. */
  pauseMs(nowMs: number, random: number): number {
    if (this.#turn === undefined) return 0;
    const { sinceMs, lastMs, roundMs } = this.#turn;
    const { rounds, pause } = nowMs < this.#contendedUntilMs ? contended : alone;
    const hasPaused = nowMs > lastMs + roundMs;
    if (!hasPaused && nowMs < sinceMs + rounds * roundMs) return 0;
    this.#turn = undefined;
    return hasPaused ? 0 : pause(random) * roundMs;
  }
}
