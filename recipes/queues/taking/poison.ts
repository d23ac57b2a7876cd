import { OperationError, type Session } from '../../../src/index.ts';
import type { FoundItem } from '../intake/found-item.ts';
import type { Site } from '../intake/site.ts';
import { bury } from './bury.ts';
import { flawOf } from './flaw.ts';
import { learn } from './take-in-pieces.ts';

/** Sends what nobody can handle to the dead letters, and returns the others. The line goes on, whatever becomes of that. */
export async function withoutPoison<T>(site: Site<T>, items: readonly FoundItem<T>[], session: Session): Promise<readonly FoundItem<T>[]> {
  const sound: FoundItem<T>[] = [];
  const burials: Promise<void>[] = [];
  for (const item of items) {
    const flaw = flawOf(item, site.maxDeliveries);
    if (flaw === undefined) sound.push(item);
    else burials.push(remove(site, item, flaw, session));
  }
  await Promise.all(burials);
  return sound;
}

async function remove<T>(site: Site<T>, item: FoundItem<T>, reason: unknown, session: Session): Promise<void> {
  const { client, stock, deadLetterPath } = site;
  const { name, path, version } = item;
  try {
    const result = await bury(site, session, item, { reason, deliveries: version, isClaimed: false });
    if (result.kind === 'applied') client.logger.warn({ path, deadLetterPath, reason }, 'an item was moved to the dead letters');
    stock.free(name);
    if (result.kind === 'applied') stock.drop(name);
    const failure = result.kind === 'refused' ? learn(stock, item, result.error) : undefined;
    if (failure !== undefined) throw failure;
  } catch (error) {
    if (!(error instanceof OperationError && error.outcome === 'refused')) throw error;
    // It stays where it is, and nobody of us tries again: others are to have their turn.
    stock.free(name, Number.POSITIVE_INFINITY);
    client.reportError(error);
  }
}
