import { type Client, parseOptions } from '../../src/index.ts';
import { ItemQueue, type QueueKind } from './item-queue.ts';
import { fifoNames } from './items/fifo-names.ts';
import { type PutOptions, putOptions, type QueueOptions } from './queue-options.ts';

const kind: QueueKind = {
  recipe: 'Queue',
  order: fifoNames,
  readPut: (options, what) => ({ bounds: parseOptions(putOptions, options, what), prefix: fifoNames.prefixOf({}) }),
};

/**
 * First in, first out; in that order for one consumer that handles one at a time, and about so for several.
 *
 * @example
 * const work = new Queue(client, '/work', { codec: json(Order) });
 * await work.put({ id: 17 });
 * await work.consume(async (order, delivery) => ship(order, delivery.signal), { concurrency: 8, signal });
 *
 * @see Curator `DistributedQueue`
 */
export class Queue<T> extends ItemQueue<T, object> {
  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: QueueOptions<T>) {
    super(client, path, options, kind);
  }

  override async put(item: T, options: PutOptions = {}): Promise<string> {
    return await super.put(item, options);
  }

  override async putAll(items: readonly T[], options: PutOptions = {}): Promise<readonly string[]> {
    return await super.putAll(items, options);
  }
}
