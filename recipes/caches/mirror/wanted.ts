/** Something to be read. */
export interface Want {
  readonly path: string;
  /** Of a znode: whether its children have to be looked at as well, since nobody tells of those that it had before. */
  withChildren: boolean;
  /** Whether the picture is not whole without it. What changes while all is well is read too, and nobody waits for that. */
  isOwed: boolean;
}

interface Entry extends Want {
  isFlying: boolean;
  /** It may have changed after it was read: to be read once more. */
  isStale: boolean;
  /** Whether the picture is not whole without that either. */
  owesAgain: boolean;
}

/**
 * What is still to be read, each path once however often it is asked for, in the order of asking. What is asked for again while it is being read is read
 * once more, since the answer under way may be from before.
 */
export class Wanted {
  readonly #entries = new Map<string, Entry>();
  readonly #queue = new Set<Entry>();
  #owed = 0;

  get queued(): number {
    return this.#queue.size;
  }

  /** How many of those on which the picture waits have not been read. */
  get owed(): number {
    return this.#owed;
  }

  has(path: string): boolean {
    return this.#entries.has(path);
  }

  /** Whether more than its data may have changed untold: it may even be another znode. */
  isSuspect(path: string): boolean {
    return this.#entries.get(path)?.withChildren === true;
  }

  add({ path, withChildren, isOwed }: Want): void {
    const entry = this.#entries.get(path);
    if (entry === undefined) return this.#enter({ path, withChildren, isOwed });
    entry.withChildren ||= withChildren;
    entry.isStale ||= entry.isFlying;
    if (isOwed) this.#owe(entry);
  }

  /** Takes the next ones out to be read. Each has to be landed. */
  take(limit: number): readonly Want[] {
    const taken: Entry[] = [];
    for (const entry of this.#queue) {
      if (taken.length === limit) break;
      taken.push(entry);
    }
    for (const entry of taken) {
      this.#queue.delete(entry);
      entry.isFlying = true;
    }
    return taken;
  }

  /** The answer is there. Returns whether it is of any use; if it may be out of date, it is asked for again. */
  land(want: Want): boolean {
    const entry = this.#entries.get(want.path);
    if (entry !== want) return false;
    const { path, withChildren, isStale, owesAgain } = entry;
    this.cancel(path);
    if (isStale) this.#enter({ path, withChildren, isOwed: owesAgain });
    return true;
  }

  /** Nobody wants it any longer, and an answer under way is of no use. */
  cancel(path: string): void {
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    this.#entries.delete(path);
    this.#queue.delete(entry);
    if (entry.isOwed) this.#owed -= 1;
  }

  /**
   * There was a gap: answers under way are of no use, and whatever is wanted may have changed more than was told. All is asked for anew, parents before their
   * children.
   */
  recall(): void {
    const paths = [...this.#entries.keys()].sort();
    this.clear();
    for (const path of paths) this.#enter({ path, withChildren: true, isOwed: true });
  }

  /** If its answer is under way, that is of no use: it is asked for again. */
  restart(path: string): void {
    const entry = this.#entries.get(path);
    if (entry === undefined || !entry.isFlying) return;
    this.cancel(path);
    this.#enter(entry);
  }

  /** From now on the picture is not whole without any of them. */
  oweAll(): void {
    for (const entry of this.#entries.values()) this.#owe(entry);
  }

  clear(): void {
    this.#entries.clear();
    this.#queue.clear();
    this.#owed = 0;
  }

  #enter({ path, withChildren, isOwed }: Want): void {
    const entry = { path, withChildren, isOwed, isFlying: false, isStale: false, owesAgain: false };
    this.#entries.set(path, entry);
    this.#queue.add(entry);
    if (isOwed) this.#owed += 1;
  }

  #owe(entry: Entry): void {
    entry.owesAgain = entry.isStale;
    if (entry.isOwed) return;
    entry.isOwed = true;
    this.#owed += 1;
  }
}
