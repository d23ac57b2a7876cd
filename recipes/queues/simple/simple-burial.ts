import {
  BadVersionError,
  type Client,
  describeCause,
  joinPath,
  NodeExistsError,
  NoNodeError,
  OutcomeUnknownError,
  type Stat,
} from '../../../src/index.ts';
import { sealDeadLetter } from '../items/dead-letter-bytes.ts';

/** An item as it was read. */
export interface SimpleItem {
  readonly name: string;
  readonly path: string;
  readonly data: Buffer;
  readonly stat: Stat;
}

/**
 * Moves an item that nobody can decode to the dead letters: copied first, then removed. The copy's name comes of the item, so that however often that is
 * begun, by whomever, there is one.
 */
export async function bury(client: Client, deadLetterPath: string, { name, path, data, stat }: SimpleItem, reason: unknown): Promise<void> {
  const obituary = { reason: describeCause(reason), deliveries: 0, at: new Date(client.clock.wallTime()), item: name };
  const letterPath = joinPath(deadLetterPath, `${name}-${stat.czxid.toString(16)}`);
  await unless([NodeExistsError], client.create(letterPath, sealDeadLetter(data, obituary), { parents: true }));
  // What we cannot tell of its removal is seen at the next look at the queue.
  await unless([NoNodeError, BadVersionError, OutcomeUnknownError], client.delete(path, { version: stat.version }));
  client.logger.warn({ path, deadLetterPath, reason }, 'an item was moved to the dead letters');
}

async function unless(expected: readonly (new (...args: never) => Error)[], working: Promise<unknown>): Promise<void> {
  try {
    await working;
  } catch (error) {
    if (!expected.some((type) => error instanceof type)) throw error;
  }
}
