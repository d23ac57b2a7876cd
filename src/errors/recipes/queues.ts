import { DocentError, describeCause } from '../docent-error.ts';

/** The queue has as many items as it may have. Nothing was put. */
export class QueueFullError extends DocentError {
  override readonly name = 'QueueFullError';
  readonly path: string;
  readonly maxItems: number;

  constructor(path: string, maxItems: number, options?: ErrorOptions) {
    super(`${path} has no room: it may have ${maxItems} items. Nothing was put`, options);
    this.path = path;
    this.maxItems = maxItems;
  }
}

/** No item could be taken from the queue within the time given. */
export class TakeTimeoutError extends DocentError {
  override readonly name = 'TakeTimeoutError';
  readonly path: string;
  readonly timeoutMs: number;

  constructor(path: string, timeoutMs: number, options?: ErrorOptions) {
    super(`${path} had no item for us within ${timeoutMs} ms`, options);
    this.path = path;
    this.timeoutMs = timeoutMs;
  }
}

/** Of a batch, some items are in the queue for certain when something went wrong; `cause` says what became of the next ones. */
export class PartlyPutError extends DocentError {
  override readonly name = 'PartlyPutError';
  readonly path: string;
  /** Names of the znodes of those that are in the queue. */
  readonly names: readonly string[];

  constructor(path: string, names: readonly string[], options: { readonly cause: unknown }) {
    super(`${names.length} items of the batch are in ${path}, and then: ${describeCause(options.cause)}`, options);
    this.path = path;
    this.names = names;
  }
}

/** An item was taken for a subscriber who left meanwhile, and could not be put back; `cause` says why, and whether it may be in the queue all the same. */
export class UndeliveredItemError extends DocentError {
  override readonly name = 'UndeliveredItemError';
  readonly path: string;
  readonly item: unknown;

  constructor(path: string, { item, cause }: { readonly item: unknown; readonly cause: unknown }) {
    super(`an item of ${path} was taken for a subscriber who has left, and not put back: ${describeCause(cause)}`, { cause });
    this.path = path;
    this.item = item;
  }
}
