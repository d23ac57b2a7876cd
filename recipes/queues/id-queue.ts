import { z } from 'zod';
import { type Client, parseOptions } from '../../src/index.ts';
import { ItemQueue, type QueueKind } from './item-queue.ts';
import { hasId, type ItemId, idNames } from './items/id-names.ts';
import { putOptions, type QueueOptions } from './queue-options.ts';

const itemId = z.string('must be a string').min(1, 'must not be empty');

const kind: QueueKind = {
  recipe: 'IdQueue',
  order: idNames,
  readPut(options, what) {
    const { id, ...bounds } = parseOptions(schema, options, what);
    return { bounds, prefix: idNames.prefixOf({ id }) };
  },
};

const schema = putOptions.extend({ id: itemId });

/**
 * First in, first out, and items can be taken back by an id that their producer has given them.
 *
 * @see Curator `DistributedIdQueue`
 */
export class IdQueue<T> extends ItemQueue<T, ItemId> {
  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: QueueOptions<T>) {
    super(client, path, options, kind);
  }

  /**
   * Removes all items with that id, and resolves with how many they were. One that somebody has in hand is not removed.
   *
   * @throws {InvalidArgumentError}
   */
  async remove(id: string): Promise<number> {
    const wanted = parseOptions(itemId, id, 'IdQueue.remove.id');
    return await this.removeItems((name) => hasId(name, wanted));
  }
}
