import { Delivery } from '../delivery.ts';
import type { Claim, Verdict } from './claim.ts';

/**
 * The deliveries of a claim: one, unless Curator has put several items into one znode. Then the claim is settled when all of them are, by the worst of what is
 * said of them.
 *
 * @param onSettled called for each delivery when it is known what has become of it
 */
export function deliveriesOf<T>(claim: Claim<T>, onSettled: () => void): readonly Delivery<T>[] {
  const { content } = claim.item;
  const items = content.kind === 'items' ? content.items : [];
  let left = items.length;
  let worst: Verdict = { kind: 'done' };
  const settle = async (verdict: Verdict) => {
    left -= 1;
    if (badness[verdict.kind] > badness[worst.kind]) worst = verdict;
    try {
      if (left === 0) await claim.settle(worst);
    } finally {
      onSettled();
    }
  };
  return items.map((item) => new Delivery(item, claim, settle));
}

const badness = { done: 0, again: 1, dead: 2 } as const satisfies Record<Verdict['kind'], number>;
