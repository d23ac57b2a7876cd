/** How the items of one kind of queue are named, and so in which order and when they are taken. Pure. */
export interface ItemNames<Placement> {
  /** What comes before the number that the server gives. */
  prefixOf(placement: Placement): string;
  /** In the order of consumption. */
  sorted(names: readonly string[]): string[];
  /** When it may be taken, in milliseconds since the epoch; 0: at once. */
  dueMs(name: string): number;
  /** Where an item that has just been put is taken: after all others, or anywhere among them. */
  readonly newcomers: 'last' | 'anywhere';
}

/** What the name of every item begins with. */
export const itemPrefix = 'queue-';

// `%010d` of a signed 32-bit number: ten digits, or a minus sign and nine or ten.
const sequence = /(?:(?<=[-|])-\d{9,10}|\d{10})$/;

/** Is this the name of an item, whatever kind of queue it was made for? */
export function isItem(name: string): boolean {
  return name.startsWith(itemPrefix);
}

/** The number that the server gave the item: the order in which they were put. */
export function sequenceOf(name: string): number {
  return Number(sequence.exec(name)?.[0] ?? 0);
}

/** What the name was made from. */
export function withoutSequence(name: string): string {
  return name.replace(sequence, '');
}

/** The name that the server gave so many items of the same put later. */
export function nameAfter(first: string, later: number): string {
  return first.replace(/\d{10}$/, (digits) => (Number(digits) + later).toString().padStart(10, '0'));
}

/** Puts `names` in the order of their keys, made once each; in that of the names where keys are the same. */
export function sortedBy(names: readonly string[], keyOf: (name: string) => string): string[] {
  const keyed = names.map((name) => ({ name, key: keyOf(name) }));
  return keyed.sort((a, b) => inTextOrder(a.key, b.key) || inTextOrder(a.name, b.name)).map(({ name }) => name);
}

/** As Java compares texts: by UTF-16 code units. */
export function inTextOrder(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
