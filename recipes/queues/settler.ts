import type { Client, Session } from '../../src/index.ts';
import { type Applied, applyGroups, type Group } from './transaction-groups.ts';

interface Pending {
  readonly session: Session;
  readonly group: Group;
  readonly resolve: (result: Applied) => void;
  readonly reject: (error: unknown) => void;
}

const mostAtOnce = 200;

/** Removes and gives back claimed items: what comes up while a transaction is under way goes together in the next one. */
export class Settler {
  readonly #client: Client;
  readonly #pending: Pending[] = [];
  #isBusy = false;

  constructor(client: Client) {
    this.#client = client;
  }

  /** @param group ends with the deletion of a claim of ours, which that session made */
  settle(session: Session, group: Group): Promise<Applied> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ session, group, resolve, reject });
      if (this.#isBusy) return;
      // It never rejects: those who wait are told.
      void this.#work();
    });
  }

  /** Never rejects: those who wait are told. */
  async #work(): Promise<void> {
    this.#isBusy = true;
    // Whoever settles in the same tick comes along.
    await Promise.resolve();
    for (let batch = this.#nextBatch(); batch.length > 0; batch = this.#nextBatch()) await this.#apply(batch);
    this.#isBusy = false;
  }

  #nextBatch(): readonly Pending[] {
    const session = this.#pending[0]?.session;
    const others = this.#pending.findIndex((pending) => pending.session !== session);
    return this.#pending.splice(0, Math.min(mostAtOnce, others === -1 ? this.#pending.length : others));
  }

  async #apply(batch: readonly Pending[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const { session } = first;
    try {
      const results = await applyGroups(
        batch.map(({ group }) => group),
        { client: this.#client, session, uponRefusal: 'skip', wasApplied: (group) => this.#isGone(group, session) },
      );
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] ?? { kind: 'untried' });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async #isGone(group: Group, session: Session): Promise<boolean> {
    const claimPath = group.at(-1)?.path ?? '/';
    const [, stat] = await Promise.all([this.#client.sync(claimPath, { session }), this.#client.exists(claimPath, { session })]);
    return stat === null;
  }
}
