import { type ItemNames, itemPrefix } from './item-names.ts';

/**
 * `queue-<number>`: in the order of the puts.
 *
 * @see Curator `DistributedQueue`
 */
export const fifoNames: ItemNames<object> = {
  prefixOf: () => itemPrefix,
  sorted: (names) => names.toSorted(),
  dueMs: () => 0,
  newcomers: 'last',
};
