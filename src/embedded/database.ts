import type { Clock } from '../clock.ts';
import { Transaction } from './transaction.ts';
import { Tree } from './tree.ts';
import { Watches } from './watches.ts';

/** The replicated state, were there replicas: the znodes, who watches them, and the number of the last transaction. */
export class Database {
  readonly tree = new Tree();
  readonly watches = new Watches();
  readonly #clock: Clock;
  #lastZxid = 0n;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get lastZxid(): bigint {
    return this.#lastZxid;
  }

  /**
   * Changes the tree at a zxid of its own and then tells the watchers. Where `change` throws, nothing has happened, but the zxid is used up,
   * as in ZooKeeper.
   */
  write<T>(change: (transaction: Transaction) => T): T {
    this.#lastZxid += 1n;
    const transaction = new Transaction(this.tree, this.#lastZxid, BigInt(Math.trunc(this.#clock.wallTime())));
    try {
      return change(transaction);
    } catch (error) {
      transaction.rollback();
      throw error;
    } finally {
      this.watches.tell(transaction.changes);
    }
  }
}
