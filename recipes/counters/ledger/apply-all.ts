/** Given instead of a new value: all stays as it is. */
export const unchanged = Symbol('unchanged');

/** The new value for the present one, which is undefined where there is none yet; throws to refuse. Called again if another was first, so it only computes. */
export type Change<T> = (before: T | undefined) => T | typeof unchanged;

export type Outcome<T> =
  | { readonly kind: 'changed'; readonly before: T | undefined; readonly after: T }
  | { readonly kind: 'unchanged'; readonly before: T | undefined }
  | { readonly kind: 'refused'; readonly error: unknown };

export interface Applied<T, W> {
  /** Undefined: nothing is changed. */
  readonly next: { readonly value: T } | undefined;
  /** In the order of the wishes. */
  readonly outcomes: ReadonlyMap<W, Outcome<T>>;
}

/** Several changes as one: each sees what the one before it has left, as if they had been made one after the other; what one throws concerns it alone. */
export function applyAll<T, W extends { readonly change: Change<T> }>(present: T | undefined, wishes: readonly W[]): Applied<T, W> {
  const outcomes = new Map<W, Outcome<T>>();
  let next: { readonly value: T } | undefined;
  for (const wish of wishes) {
    const outcome = outcomeOf(wish.change, next === undefined ? present : next.value);
    if (outcome.kind === 'changed') next = { value: outcome.after };
    outcomes.set(wish, outcome);
  }
  return { next, outcomes };
}

function outcomeOf<T>(change: Change<T>, before: T | undefined): Outcome<T> {
  try {
    const after = change(before);
    return after === unchanged ? { kind: 'unchanged', before } : { kind: 'changed', before, after };
  } catch (error) {
    return { kind: 'refused', error };
  }
}
