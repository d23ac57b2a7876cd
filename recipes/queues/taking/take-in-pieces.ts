import { BadVersionError, NodeExistsError, NoNodeError, type RefusedError, type SessionLostError } from '../../../src/index.ts';
import type { FoundItem } from '../intake/found-item.ts';
import type { Stock } from '../intake/stock.ts';
import { inPieces } from '../pieces.ts';
import type { Applied } from './apply.ts';

/** What has become of items that we wanted. */
export interface Haul<T> {
  readonly taken: readonly FoundItem<T>[];
  /** Those of which the session's end keeps us from knowing. */
  readonly unknown: readonly FoundItem<T>[];
  readonly cause: SessionLostError | undefined;
}

export interface Hauling {
  readonly stock: Stock;
  /** Called when others had items in hand, or had taken items, that we wanted. */
  readonly onContention: () => void;
}

/**
 * Takes items in order, as many at once as fit into a transaction, until one cannot be had; the stock gets back what was not tried, and learns of what
 * others have.
 *
 * @throws what the server says no with, for reasons that will not pass; not if something was taken before, which is to be handled first
 */
export async function takeInPieces<T>(
  items: readonly FoundItem<T>[],
  { stock, onContention }: Hauling,
  apply: (piece: readonly FoundItem<T>[]) => Promise<readonly Applied[]>,
): Promise<Haul<T>> {
  const [taken, unknown]: [FoundItem<T>[], FoundItem<T>[]] = [[], []];
  const pieces = inPieces(items);
  let cause: SessionLostError | undefined;
  let failure: RefusedError | undefined;
  let isStopped = false;
  for (const piece of pieces) {
    const results: readonly Applied[] = isStopped ? [] : await apply(piece);
    for (const [index, item] of piece.entries()) {
      const result: Applied = results[index] ?? { kind: 'untried' };
      if (result.kind === 'applied') taken.push(item);
      else if (result.kind === 'lost') {
        unknown.push(item);
        cause = result.error;
      } else {
        stock.free(item.name);
        if (result.kind === 'refused') {
          onContention();
          failure ??= learn(stock, item, result.error);
        }
      }
      isStopped ||= result.kind !== 'applied';
    }
  }
  if (failure !== undefined && taken.length + unknown.length === 0) throw failure;
  return { taken, unknown, cause };
}

/** Tells the stock what a refusal says about the item. Returns one that says nothing about it. */
export function learn(
  stock: Stock,
  { name, path }: Pick<FoundItem<unknown>, 'name' | 'path'>,
  error: RefusedError,
): RefusedError | undefined {
  if (error instanceof NodeExistsError) stock.claimedByAnother(name);
  else if (error instanceof NoNodeError && error.path === path) stock.drop(name);
  // Given out and given back by somebody since we have read it.
  else if (!(error instanceof BadVersionError)) return error;
  return undefined;
}
