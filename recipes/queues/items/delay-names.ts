import { type ItemNames, inTextOrder, itemPrefix } from './item-names.ts';

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
  sorted: inOrderOfDue,
  dueMs,
  newcomers: 'anywhere',
};

/** Times are compared as numbers: of a large one the text is no whole number any more. */
function inOrderOfDue(names: readonly string[]): string[] {
  const keyed = names.map((name) => ({ name, due: dueMs(name), number: name.slice(-10) }));
  const compare = (a: (typeof keyed)[0], b: (typeof keyed)[0]) =>
    Number(a.due > b.due) - Number(a.due < b.due) || inTextOrder(a.number, b.number) || inTextOrder(a.name, b.name);
  return keyed.sort(compare).map(({ name }) => name);
}

function dueMs(name: string): number {
  const hex = /\|([0-9A-Fa-f]+)\|[^|]*$/.exec(name)?.[1];
  return hex === undefined ? 0 : Number.parseInt(hex, 16);
}
