/** One change of a counter, as its caller saw it. */
interface Seen {
  /** By a count of events that all callers share. */
  readonly began: number;
  readonly ended: number;
  readonly before: number;
  readonly after: number;
}

/** What callers who add to one counter have been told, to find out whether they could have been told it one after the other. */
export class CounterHistory {
  readonly #seen: Seen[] = [];
  #events = 0;

  /** How many changes there were. */
  get length(): number {
    return this.#seen.length;
  }

  async record(change: () => Promise<{ readonly before: number; readonly after: number }>): Promise<void> {
    this.#events += 1;
    const began = this.#events;
    const { before, after } = await change();
    this.#events += 1;
    this.#seen.push({ began, ended: this.#events, before, after });
  }

  /**
   * What is wrong; empty if it is linearizable. For changes that make the counter larger: then the values say in which order they were made.
   *
   * @param unknown how much may have been added besides
   */
  anomalies(unknown = 0): readonly string[] {
    const found: string[] = [];
    const inOrder = [...this.#seen].sort((a, b) => a.before - b.before);
    let [value, missing, latestBegin] = [0, 0, 0];
    for (const { began, ended, before, after } of inOrder) {
      if (before < value) found.push(`${before} to ${after}, but another had made it ${value} by then`);
      missing += Math.max(0, before - value);
      if (ended < latestBegin) found.push(`${before} to ${after} had ended before another began that comes before it`);
      latestBegin = Math.max(latestBegin, began);
      value = Math.max(value, after);
    }
    if (missing > unknown) found.push(`${missing} were added by nobody, and no more than ${unknown} can have been`);
    return found;
  }
}
