import type { Lease } from '../../recipes/index.ts';

/** Watches over a read-write lock: a writer that is in beside anybody else of another owner whose lease is valid, or a token of a writer that is not larger than all before, is noted. */
export class Sharing {
  readonly violations: string[] = [];
  readonly #onlyTokens: boolean;
  readonly #inside = new Map<Lease, { readonly side: 'read' | 'write'; readonly owner: object }>();
  #largestToken = 0n;
  entries = 0;
  /** The most readers that were in at one time. */
  mostReaders = 0;

  /** @param endsByHand sessions are: no clock can tell their holders in time, so that only tokens are watched */
  constructor(endsByHand = false) {
    this.#onlyTokens = endsByHand;
  }

  async read(lease: Lease, work: () => Promise<void> = async () => {}, owner: object = {}): Promise<void> {
    await this.#enter('read', lease, owner, work);
  }

  async write(lease: Lease, work: () => Promise<void> = async () => {}, owner: object = {}): Promise<void> {
    if (lease.token <= this.#largestToken)
      this.violations.push(`${lease.path} has token ${lease.token}, not larger than ${this.#largestToken}`);
    this.#largestToken = lease.token;
    await this.#enter('write', lease, owner, work);
  }

  async #enter(side: 'read' | 'write', lease: Lease, owner: object, work: () => Promise<void>): Promise<void> {
    for (const [other, its] of this.#inside) {
      const excludes = its.owner !== owner && (side === 'write' || its.side === 'write');
      if (excludes && other.isValid() && !this.#onlyTokens) this.violations.push(`${lease.path} entered while ${other.path} was valid`);
    }
    this.#inside.set(lease, { side, owner });
    this.entries += 1;
    this.mostReaders = Math.max(this.mostReaders, [...this.#inside.values()].filter((its) => its.side === 'read').length);
    try {
      await work();
    } finally {
      this.#inside.delete(lease);
    }
  }
}
