import { ProtocolError } from '../../errors/connection.ts';

/** What was sent and has to be answered. `next` is the queue's own. */
export interface Awaited<T> {
  readonly xid: number;
  next: T | undefined;
}

/**
 * What is in flight on one connection. The server answers in the order of the requests, so the next reply belongs to the
 * oldest, and any other xid means that the two sides no longer talk about the same thing.
 */
export class ReplyQueue<T extends Awaited<T>> {
  #oldest: T | undefined;
  #newest: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(awaited: T): void {
    if (this.#newest === undefined) this.#oldest = awaited;
    else this.#newest.next = awaited;
    this.#newest = awaited;
    this.#size += 1;
  }

  /**
   * Takes out what the reply with that xid answers.
   *
   * @throws {ProtocolError} that is not the reply due
   */
  take(xid: number): T {
    const oldest = this.#oldest;
    if (oldest === undefined) throw new ProtocolError('ReplyHeader', 'xid', `${xid}, and nothing is in flight`);
    if (oldest.xid !== xid) throw new ProtocolError('ReplyHeader', 'xid', `${xid}, and the reply due is ${oldest.xid}`);
    this.#oldest = oldest.next;
    if (this.#oldest === undefined) this.#newest = undefined;
    oldest.next = undefined;
    this.#size -= 1;
    return oldest;
  }

  /** Takes out everything, oldest first. */
  drain(): readonly T[] {
    const all: T[] = [];
    while (this.#oldest !== undefined) all.push(this.take(this.#oldest.xid));
    return all;
  }
}
