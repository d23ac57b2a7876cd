import { type ItemNames, itemPrefix, sortedBy } from './item-names.ts';

export interface Due {
  /** When the item may be taken, in milliseconds since the epoch. */
  readonly dueMs: number;
}

/**
 * `queue-|18F2A4B3C00|0000000012`: the time from which the item may be taken, in milliseconds since the epoch, and the number. A name without such a time
 * is due at once.
 *
 * @see Curator `DistributedDelayQueue`
 */
export const delayNames: ItemNames<Due> = {
  prefixOf: ({ dueMs }) => `${itemPrefix}|${dueMs.toString(16).toUpperCase().padStart(8, '0')}|`,
  sorted: (names) => sortedBy(names, (name) => dueMs(name).toString().padStart(20, '0') + name.slice(-10)),
  dueMs,
  newcomers: 'anywhere',
};

function dueMs(name: string): number {
  const hex = /\|([0-9A-Fa-f]+)\|[^|]*$/.exec(name)?.[1];
  return hex === undefined ? 0 : Number.parseInt(hex, 16);
}
