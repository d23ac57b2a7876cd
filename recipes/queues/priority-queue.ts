import { z } from 'zod';
import { type Client, parseOptions } from '../../src/index.ts';
import { ItemQueue, type QueueKind } from './item-queue.ts';
import { type Priority, priorityNames } from './items/priority-names.ts';
import { putOptions, type QueueOptions } from './queue-options.ts';

const kind: QueueKind = {
  recipe: 'PriorityQueue',
  order: priorityNames,
  readPut(options, what) {
    const { priority, ...bounds } = parseOptions(schema, options, what);
    return { bounds, prefix: priorityNames.prefixOf({ priority }) };
  },
};

const schema = putOptions.extend({ priority: z.int32('must be a 32-bit integer') });

/**
 * The item with the lowest priority number first; of several the one that was put first. An item that is put while a backlog is worked off overtakes all of it
 * but the hundredth part that may be due before the next listing.
 *
 * @see Curator `DistributedPriorityQueue`
 */
export class PriorityQueue<T> extends ItemQueue<T, Priority> {
  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: QueueOptions<T>) {
    super(client, path, options, kind);
  }
}
