import { type NodeChildren, nameOf } from '../../src/index.ts';
import { compareSequences, contenderOf } from '../line/line.ts';

/** A message's znode, by its name. */
export interface Entry {
  readonly name: string;
  readonly number: number;
}

/** How far a subscriber has come. */
export interface Position {
  /** What was there when it looked last. */
  readonly known: ReadonlySet<string>;
  /** The number that the next message has. */
  readonly next: number;
}

/** What a subscriber does next, in that order. */
export type Step = { readonly type: 'read'; readonly entry: Entry } | { readonly type: 'gap'; readonly missed: number | undefined };

const patterns = [/^(?:_c_[0-9a-f-]{36}-)?message-(\d{10}|-\d{9,10})$/];

/** The messages among the names, the oldest first. Strangers are passed over. */
function entriesOf(names: readonly string[]): readonly Entry[] {
  return names
    .flatMap((name) => contenderOf(name, patterns) ?? [])
    .map(({ name, sequence }) => ({ name, number: sequence }))
    .sort((a, b) => compareSequences(a.number, b.number));
}

/** The number of a message that was just published. */
export function numberOf(path: string): number {
  return contenderOf(nameOf(path), patterns)?.sequence ?? 0;
}

/** The oldest, beyond those to keep. */
export function expired(names: readonly string[], keep: number): readonly Entry[] {
  const entries = entriesOf(names);
  return entries.slice(0, Math.max(0, entries.length - keep));
}

/** Where somebody stands who wants what is published from now on. @param listing undefined: there is no such topic yet */
export function endOf(listing: NodeChildren | undefined): Position {
  if (listing === undefined) return { known: new Set(), next: 0 };
  const { cversion, numChildren } = listing.stat;
  // How many children it has had. DataNode.copyStat: `cversion` counts their creations and deletions, in 32 bits.
  const created = ((cversion + numChildren) >>> 0) / 2;
  return { known: new Set(listing.children), next: created };
}

/** What is new to somebody who stands there. Pure. */
export function advance(
  { known, next }: Position,
  names: readonly string[],
): { readonly position: Position; readonly steps: readonly Step[] } {
  const steps: Step[] = [];
  let expected = next;
  for (const entry of entriesOf(names.filter((name) => !known.has(name)))) {
    const missed = compareSequences(entry.number, expected);
    // A number that was had before: the topic was deleted and made anew, and counts from the beginning.
    if (missed !== 0) steps.push({ type: 'gap', missed: missed > 0 ? missed : undefined });
    steps.push({ type: 'read', entry });
    expected = (entry.number + 1) | 0;
  }
  return { position: { known: new Set(names), next: expected }, steps };
}
