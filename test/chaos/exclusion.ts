interface Hold {
  readonly worker: string;
  readonly token: bigint;
  readonly enteredNs: bigint;
  lastValidNs: bigint;
}

/**
 * Mutual exclusion as its users rely on it: whoever finds its lease valid is alone. And fencing: the resource refuses a smaller token than it has seen,
 * so that no use of an older holder comes after one of a newer.
 */
export class Exclusion {
  readonly violations: string[] = [];
  entries = 0;
  uses = 0;
  /** Uses that the resource has refused: of holders that were delayed between the check and the use. */
  fenced = 0;
  /** Who entered last. */
  holder: string | undefined;
  readonly #holds = new Map<bigint, Hold>();
  /** The pairs of tokens whose overlap has been told of. */
  readonly #overlapping = new Set<string>();
  #largestUsed = 0n;

  entered(worker: string, token: bigint, atNs: bigint): void {
    this.entries += 1;
    this.holder = worker;
    if (this.#holds.has(token)) this.violations.push(`${worker} entered with token ${token}, which another had`);
    const hold = { worker, token, enteredNs: atNs, lastValidNs: atNs };
    this.#holds.set(token, hold);
    this.#check(hold);
  }

  /** @returns whether the resource has taken it */
  used(worker: string, token: bigint, atNs: bigint): boolean {
    const hold = this.#holds.get(token);
    if (hold === undefined) {
      this.violations.push(`${worker} used the resource with token ${token}, and never entered`);
      return false;
    }
    hold.lastValidNs = atNs;
    this.#check(hold);
    const isTaken = token >= this.#largestUsed;
    if (isTaken) this.#largestUsed = token;
    this.uses += 1;
    if (!isTaken) this.fenced += 1;
    return isTaken;
  }

  /** Two holds overlap if the later one was entered before the earlier one was last found valid. */
  #check(hold: Hold): void {
    for (const other of this.#holds.values()) {
      if (other === hold) continue;
      const [earlier, later] = hold.token < other.token ? [hold, other] : [other, hold];
      if (later.enteredNs < earlier.lastValidNs) this.#tellOnce(earlier, later);
      // Reports of one worker come in their order, so those long past concern nobody any more.
      if (other.lastValidNs < hold.enteredNs - longAgoNs) this.#holds.delete(other.token);
    }
  }

  #tellOnce(earlier: Hold, later: Hold): void {
    const pair = `${earlier.token} ${later.token}`;
    if (this.#overlapping.has(pair)) return;
    this.#overlapping.add(pair);
    this.violations.push(overlap(earlier, later));
  }
}

const longAgoNs = 120_000_000_000n;

function overlap(earlier: Hold, later: Hold): string {
  const ms = Number(earlier.lastValidNs - later.enteredNs) / 1e6;
  return `${earlier.worker} held token ${earlier.token} and found it valid ${ms.toFixed(1)} ms after ${later.worker} had entered with ${later.token}`;
}
