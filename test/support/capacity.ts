import type { Lease } from '../../recipes/index.ts';

/** Watches over a semaphore: whoever enters while that makes more than there are, by the leases that are valid then, is noted. */
export class Capacity {
  readonly violations: string[] = [];
  readonly #limit: number;
  readonly #endsByHand: boolean;
  readonly #inside = new Map<Lease, number>();
  entries = 0;
  /** The most that were held at one time. */
  most = 0;

  /** @param endsByHand sessions are: no clock can tell their holders in time, so that nothing is noted */
  constructor(limit: number, endsByHand = false) {
    this.#limit = limit;
    this.#endsByHand = endsByHand;
  }

  async enter(lease: Lease, permits = 1, work: () => Promise<void> = async () => {}): Promise<void> {
    this.#inside.set(lease, permits);
    this.entries += 1;
    const held = [...this.#inside].filter(([each]) => each === lease || each.isValid()).reduce((sum, [, each]) => sum + each, 0);
    this.most = Math.max(this.most, held);
    if (held > this.#limit && !this.#endsByHand) this.violations.push(`${lease.path} entered, which makes ${held} of ${this.#limit}`);
    try {
      await work();
    } finally {
      this.#inside.delete(lease);
    }
  }
}
