import { type ItemNames, itemPrefix, sortedBy } from './item-names.ts';

export interface ItemId {
  /** Any text but the empty one, not necessarily unique; `/` and `|` are stored as `_`. */
  readonly id: string;
}

const pattern = /^([^|]*)\|([^|]*)\|(.*)$/;

/**
 * `queue-|<id>|0000000012`: in the order of the puts, whatever the id.
 *
 * @see Curator `DistributedIdQueue`
 */
export const idNames: ItemNames<ItemId> = {
  prefixOf: ({ id }) => `${itemPrefix}|${stored(id)}|`,
  sorted: (names) => sortedBy(names, (name) => name.replace(pattern, '$1$3')),
  dueMs: () => 0,
  newcomers: 'last',
};

/** Was this item put with that id? */
export function hasId(name: string, id: string): boolean {
  return pattern.exec(name)?.[2] === stored(id);
}

function stored(id: string): string {
  return id.replaceAll(/[/|]/g, '_');
}
