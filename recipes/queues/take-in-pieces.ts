import { BadVersionError, NodeExistsError, NoNodeError, type RefusedError, type SessionLostError } from '../../src/index.ts';
import type { FoundItem } from './found-item.ts';
import { inPieces } from './pieces.ts';
import type { Applied } from './transaction-groups.ts';

/** What has become of items that we wanted. */
export interface TakenItems<T> {
  readonly taken: readonly FoundItem<T>[];
  /** Those of which the session's end keeps us from knowing. */
  readonly unknown: readonly FoundItem<T>[];
  readonly cause: SessionLostError | undefined;
}

interface Listeners<T> {
  /** Called when others had items in hand, or had taken items, that we wanted. */
  readonly onContention: () => void;
  /** Is this refusal about that item alone? Ends its reservation then. */
  readonly passesOver?: (item: FoundItem<T>, error: RefusedError) => boolean;
}

/**
 * Takes items in order, as many at once as fit into a transaction, until one cannot be had. The reservations of what was not taken end, with what was
 * learned of them.
 *
 * @throws what the server says no with, for reasons that will not pass; not if something was taken before, which is to be handled first
 */
export async function takeInPieces<T>(
  items: readonly FoundItem<T>[],
  { onContention, passesOver = () => false }: Listeners<T>,
  apply: (piece: readonly FoundItem<T>[]) => Promise<readonly Applied[]>,
): Promise<TakenItems<T>> {
  const [taken, unknown]: [FoundItem<T>[], FoundItem<T>[]] = [[], []];
  let cause: SessionLostError | undefined;
  let failure: { readonly error: unknown } | undefined;
  let isStopped = false;
  const fail = (error: unknown): readonly Applied[] => {
    failure ??= { error };
    isStopped = true;
    return [];
  };
  for (const piece of inPieces(items)) {
    const results: readonly Applied[] = isStopped ? [] : await apply(piece).catch(fail);
    for (const [index, item] of piece.entries()) {
      const result: Applied = results[index] ?? { kind: 'untried' };
      if (result.kind === 'applied') taken.push(item);
      else if (result.kind === 'lost') {
        unknown.push(item);
        cause = result.error;
      } else if (result.kind === 'untried') item.reservation.free();
      else if (!passesOver(item, result.error)) {
        onContention();
        const error = learn(item, result.error);
        if (error !== undefined) fail(error);
      }
      isStopped ||= result.kind !== 'applied';
    }
  }
  if (failure !== undefined && taken.length + unknown.length === 0) throw failure.error;
  return { taken, unknown, cause };
}

/** Ends the reservation with what a refusal says about the item. Returns a refusal that says nothing about it. */
function learn({ path, reservation }: Pick<FoundItem<unknown>, 'path' | 'reservation'>, error: RefusedError): RefusedError | undefined {
  if (error instanceof NodeExistsError) reservation.claimedByAnother();
  else if (error instanceof NoNodeError && error.path === path) reservation.gone();
  else {
    reservation.free();
    // Given out and given back by somebody since we have read it.
    return error instanceof BadVersionError ? undefined : error;
  }
  return undefined;
}
