import { merge, type Observable, type Subscription, take } from 'rxjs';
import { whenAborted } from '../../src/index.ts';
import type { Basis, Znode, Znodes } from './basis.ts';
import type { Lease } from './lease.ts';

/** Leases of several locks: a hold rests on them as long as all are valid. */
export class LeasesBasis implements Basis {
  readonly #leases: readonly [Lease, ...Lease[]];

  constructor(leases: readonly [Lease, ...Lease[]]) {
    this.#leases = leases;
  }

  get znodes(): Znodes {
    const [first, ...others] = this.#leases;
    const [own, ...more] = first.znodes;
    return [own, ...more, ...others.flatMap(({ znodes }): readonly Znode[] => znodes)];
  }

  /** `check` is of the first. */
  guarded(): void {
    this.#leases[0].check();
  }

  get revoke$(): Observable<void> {
    return merge(...this.#leases.map(({ revoke$ }) => revoke$)).pipe(take(1));
  }

  isValid(): boolean {
    return this.#leases.every((lease) => lease.isValid());
  }

  whenLost(action: (cause: unknown) => void, until: Subscription): void {
    let isLost = false;
    const lose = (cause: unknown) => {
      // Several may be lost at once, with their session.
      if (isLost) return;
      isLost = true;
      action(cause);
    };
    for (const { signal } of this.#leases) until.add(whenAborted(signal, lose));
  }

  /** Last taken, first given back. */
  async giveBack(): Promise<void> {
    const outcomes = await Promise.allSettled(this.#leases.toReversed().map((lease) => lease.release()));
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    if (refused !== undefined) throw refused.reason;
  }
}
