/** When an instance is taken for down, and for how long. */
export interface DownPolicy {
  /** So many errors, … */
  readonly errors: number;
  /** … in so many milliseconds, … */
  readonly withinMs: number;
  /** … keep it out for so many milliseconds. */
  readonly forMs: number;
}

/** What is held against instances, by their keys. */
export type Troubles = ReadonlyMap<string, Trouble>;

interface Trouble {
  /** When there were errors, those that still count. None once it is down. */
  readonly errorsMs: readonly number[];
  readonly downUntilMs: number;
}

const never = Number.NEGATIVE_INFINITY;

/**
 * One error more. An error of one that is down changes nothing: the call was under way. What cannot count any more is forgotten, so that instances that come and
 * go leave nothing behind.
 *
 * @see Curator `DownInstanceManager`
 */
export function withError(troubles: Troubles, key: string, nowMs: number, { errors, withinMs, forMs }: DownPolicy): Troubles {
  const recent = ({ errorsMs }: Trouble) => errorsMs.filter((errorMs) => nowMs - errorMs < withinMs);
  const still = [...troubles]
    .map(([each, trouble]) => [each, { ...trouble, errorsMs: recent(trouble) }] as const)
    .filter(([, { errorsMs, downUntilMs }]) => errorsMs.length > 0 || nowMs < downUntilMs);
  const next = new Map<string, Trouble>(still);
  if (isDown(next, key, nowMs)) return next;
  const errorsMs = [...(next.get(key)?.errorsMs ?? []), nowMs];
  return next.set(key, errorsMs.length < errors ? { errorsMs, downUntilMs: never } : { errorsMs: [], downUntilMs: nowMs + forMs });
}

export function isDown(troubles: Troubles, key: string, nowMs: number): boolean {
  return nowMs < (troubles.get(key)?.downUntilMs ?? never);
}

/** When the next of those that are down is back; undefined if none is down. */
export function nextBackMs(troubles: Troubles, nowMs: number): number | undefined {
  const untilMs = [...troubles.values()].map(({ downUntilMs }) => downUntilMs).filter((each) => nowMs < each);
  return untilMs.length === 0 ? undefined : untilMs.reduce((least, each) => Math.min(least, each));
}
