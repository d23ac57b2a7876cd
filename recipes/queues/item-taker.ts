import type { Session } from '../../src/index.ts';
import type { FoundItem } from './found-item.ts';

/** How items are got out of a queue, for good or for as long as it takes to handle them. */
export interface ItemTaker<T, Taken> {
  /**
   * Takes as many as it can of the items; the reservations of what it cannot take end. Once sent it is seen through, whoever gives up waiting.
   */
  take(items: readonly FoundItem<T>[], session: Session): Promise<readonly Taken[]>;
  /** Is it still ours to hand out? By the clock at the time of asking. */
  isLive(taken: Taken): boolean;
  /** Gives back what nobody was given, where that can be. Never throws. */
  readonly giveBack: ((taken: readonly Taken[]) => void) | undefined;
  /** There is nothing more to take. */
  close(): void;
}
