import { z } from 'zod';
import { type Client, InvalidArgumentError, parseOptions } from '../../src/index.ts';
import { ItemQueue, type QueueKind } from './item-queue.ts';
import { delayNames } from './items/delay-names.ts';
import { putOptions, type QueueOptions } from './queue-options.ts';

/** From when on an item may be taken. */
export type Delay =
  /** In so many milliseconds, by the producer's wall clock. */
  | { readonly delayMs: number; readonly at?: undefined }
  /** At that time. */
  | { readonly at: Date; readonly delayMs?: undefined };

// The last instant that a `Date` can tell.
const latestMs = 8.64e15;

const kind: QueueKind = {
  recipe: 'DelayQueue',
  order: delayNames,
  readPut(options, what, clock) {
    const { at, delayMs, ...bounds } = parseOptions(schema, options, what);
    if ((at === undefined) === (delayMs === undefined))
      throw new InvalidArgumentError(`${what}.delayMs`, delayMs, 'must be given, or else `at`');
    // Of a fraction of a millisecond the item has to wait for the rest.
    const dueMs = Math.ceil(at?.getTime() ?? clock.wallTime() + (delayMs ?? 0));
    if (dueMs > latestMs) throw new InvalidArgumentError(`${what}.delayMs`, delayMs, 'must not end after the year 275760');
    return { bounds, prefix: delayNames.prefixOf({ dueMs }) };
  },
};

const schema = putOptions.extend({
  at: z.date('must be a Date').min(new Date(0), 'must not be before 1970').optional(),
  delayMs: z.number('must be a number of milliseconds').finite().nonnegative('must not be negative').optional(),
});

/**
 * The item that is due first, and none before it is due: by the wall clock of the consumer, as in Curator. An item that is due far in the future holds up
 * nobody.
 *
 * @see Curator `DistributedDelayQueue`
 */
export class DelayQueue<T> extends ItemQueue<T, Delay> {
  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: QueueOptions<T>) {
    super(client, path, options, kind);
  }
}
