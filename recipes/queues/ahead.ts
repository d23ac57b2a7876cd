/** How things went from the end of the last trip to the server to the end of this one. */
export interface Cycle {
  /** How many items were handed to those who wait for them. */
  readonly handed: number;
  /** How long the trip took. */
  readonly tripMs: number;
  /** The trip, and the time before it in which none was needed. */
  readonly cycleMs: number;
}

/**
 * How many items to have in hand besides those that are wanted right now: as many as will be wanted during two trips, at the pace of the last cycle. None
 * where handling takes longer than a trip: an item in our hands is one that nobody else can take. Pure.
 */
export function aheadFor({ handed, tripMs, cycleMs }: Cycle, most: number): number {
  if (cycleMs <= 0) return most;
  return Math.min(most, Math.round((2 * handed * tripMs) / cycleMs));
}
