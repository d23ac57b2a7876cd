import { type ItemNames, itemPrefix } from './item-names.ts';

export interface Priority {
  /** A 32-bit integer; the lowest is taken first. */
  readonly priority: number;
}

/**
 * `queue-1000000050000000012`: sign, priority, number. The sign is `1` for 0 and above, `0` below, and the priority is its two's complement in hexadecimal, so
 * that text sorts as the numbers do.
 *
 * @see Curator `DistributedPriorityQueue`
 */
export const priorityNames: ItemNames<Priority> = {
  prefixOf: ({ priority }) => `${itemPrefix}${priority >= 0 ? '1' : '0'}${(priority >>> 0).toString(16).toUpperCase().padStart(8, '0')}`,
  sorted: (names) => names.toSorted(),
  dueMs: () => 0,
  newcomers: 'anywhere',
};
