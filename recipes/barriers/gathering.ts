/**
 * Who may go in and who may go home at a double barrier. Pure.
 *
 * Members are ephemeral znodes; `ready` beside them says that enough have come. It is not ephemeral, so it may be left over from members that all died.
 * Therefore it counts only together with a member who was there before it was written: a round that anybody of is still here.
 *
 * Source: ZooKeeper Recipes, "Double Barriers"; Curator's `DistributedDoubleBarrier`.
 */

/** The znode that says so. */
export const readyName = 'ready';

/** What somebody at the way in does next: goes in, opens for all and goes in, waits, or finds that its own znode is gone. */
export type WayIn = 'enter' | 'open' | 'wait' | 'gone';

/**
 * @param members names of all who are there, in or waiting
 * @param isOpen see `isOpenTo`
 */
export function wayIn(members: readonly string[], own: string, size: number, isOpen: boolean): WayIn {
  if (!members.includes(own)) return 'gone';
  if (isOpen) return 'enter';
  return members.length >= size ? 'open' : 'wait';
}

/**
 * Is it open to somebody in whose company these are?
 *
 * @param openedAt the zxid that last wrote `ready`
 * @param arrivals the zxids that made the members, one's own among them
 */
export function isOpenTo(openedAt: bigint, arrivals: Iterable<bigint>): boolean {
  for (const arrival of arrivals) if (arrival < openedAt) return true;
  return false;
}

/** Those of `arrivals` who were there when it opened. */
export function companionsOf(openedAt: bigint, arrivals: ReadonlyMap<string, bigint>): ReadonlySet<string> {
  return new Set([...arrivals].flatMap(([name, arrival]) => (arrival < openedAt ? [name] : [])));
}

/** What somebody on the way out does next: leaves as the last one, waits for one member to go, having gone before or not, or is done. */
export type WayOut =
  | { readonly kind: 'last' }
  | { readonly kind: 'wait'; readonly behind: string; readonly goesFirst: boolean }
  | { readonly kind: 'done' };

/**
 * The one with the lowest name stays to the last and waits for the highest; all others go, and wait for the lowest.
 *
 * @param companions those who were there when it opened, and still are; ourselves among them unless we have gone, or came late
 */
export function wayOut(companions: readonly string[], own: string): WayOut {
  const line = companions.toSorted();
  const [lowest] = line;
  const highest = line.at(-1);
  if (lowest === undefined || highest === undefined) return { kind: 'done' };
  if (lowest !== own) return { kind: 'wait', behind: lowest, goesFirst: line.includes(own) };
  return highest === own ? { kind: 'last' } : { kind: 'wait', behind: highest, goesFirst: false };
}
