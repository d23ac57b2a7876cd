import type { Session } from '../../../src/index.ts';
import type { FoundItem } from './found-item.ts';

/** How items are got out of a queue, for good or for as long as it takes to handle them. */
export interface Taker<T, Taken> {
  /**
   * Takes as many as it can of the items, which the stock holds; what it cannot take it gives back to the stock, or drops from there. Once sent it is seen
   * through, whoever gives up waiting.
   */
  take(items: readonly FoundItem<T>[], session: Session): Promise<readonly Taken[]>;
  /** There is nothing more to take. */
  close(): void;
}
