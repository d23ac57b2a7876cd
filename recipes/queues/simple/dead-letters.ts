import {
  BadVersionError,
  type CallOptions,
  type Client,
  describeCause,
  joinPath,
  NodeExistsError,
  NoNodeError,
  OutcomeUnknownError,
  RequestTooLargeError,
} from '../../../src/index.ts';
import { sealDeadLetter } from '../items/dead-letter-bytes.ts';
import type { SimpleItem } from './simple-item.ts';

/**
 * Moves an item that nobody can decode to the dead letters: copied first, then removed. The copy's name comes of the item, so that however often that is
 * begun, by whomever, there is one.
 *
 * @throws {RequestTooLargeError} not even a copy of its bytes can be written
 */
export async function moveToDeadLetters(
  client: Client,
  deadLetterPath: string,
  { name, path, data, stat }: SimpleItem,
  reason: unknown,
  options: CallOptions,
): Promise<void> {
  const letterPath = joinPath(deadLetterPath, `${name}-${stat.czxid.toString(16)}`);
  const copy = async (letter: Buffer) => {
    await unless([NodeExistsError], client.create(letterPath, letter, { ...options, parents: true, idempotent: true }));
  };
  const at = new Date(client.clock.wallTime());
  try {
    await copy(sealDeadLetter(data, { reason: describeCause(reason), deliveries: 0, at, item: name }));
  } catch (error) {
    if (!(error instanceof RequestTooLargeError)) throw error;
    // It leaves no room for the reason.
    await copy(data);
  }
  // What we cannot tell of its removal is seen at the next look at the queue.
  await unless([NoNodeError, BadVersionError, OutcomeUnknownError], client.delete(path, { ...options, version: stat.version }));
  client.logger.warn({ path, deadLetterPath, reason }, 'an item was moved to the dead letters');
}

async function unless(expected: readonly (new (...args: never) => Error)[], working: Promise<unknown>): Promise<void> {
  try {
    await working;
  } catch (error) {
    if (!expected.some((type) => error instanceof type)) throw error;
  }
}
