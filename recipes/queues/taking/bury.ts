import {
  describeCause,
  joinPath,
  NodeExistsError,
  NoNodeError,
  RequestTooLargeError,
  type Session,
  type TransactionOperation,
} from '../../../src/index.ts';
import { makeDirectory } from '../directory.ts';
import type { FoundItem } from '../intake/found-item.ts';
import type { Site } from '../intake/site.ts';
import { sealDeadLetter } from '../items/dead-letter-bytes.ts';
import { type Applied, applyGroups } from './apply.ts';

/** Why an item cannot be handled. */
export interface Death {
  readonly reason: unknown;
  /** How often it was given to somebody. */
  readonly deliveries: number;
  /** By us, in this session: the claim goes with it. Else one is made that nobody sees, so that nobody's item is taken away. */
  readonly isClaimed: boolean;
}

/**
 * Moves an item to the dead letters, in one transaction where the driver has them.
 *
 * @throws {RequestTooLargeError} it is so large that nobody but its producer could have written it
 */
export async function bury<T>(site: Site<T>, session: Session, item: FoundItem<T>, death: Death): Promise<Applied> {
  try {
    return await move(site, session, item, sealed(site, item, death), death.isClaimed);
  } catch (error) {
    if (!(error instanceof RequestTooLargeError)) throw error;
    // It leaves no room for the reason.
    return await move(site, session, item, item.data, death.isClaimed);
  }
}

async function move<T>(site: Site<T>, session: Session, item: FoundItem<T>, data: Buffer, isClaimed: boolean): Promise<Applied> {
  const { client, lockPath, deadLetterPath } = site;
  const claimPath = joinPath(lockPath, item.name);
  // With the czxid, since another queue's items may have the same names.
  const letterPath = joinPath(deadLetterPath, `${item.name}-${item.czxid.toString(16)}`);
  const claim: TransactionOperation = { op: 'create', path: claimPath, data: site.claimant, mode: 'ephemeral' };
  const removals: readonly TransactionOperation[] = [
    { op: 'delete', path: item.path },
    { op: 'delete', path: claimPath },
  ];
  let letter: readonly TransactionOperation[] = [{ op: 'create', path: letterPath, data }];
  for (;;) {
    const group = [...(isClaimed ? [] : [claim]), ...letter, ...removals];
    const wasApplied = async () => (await client.exists(item.path, { session })) === null;
    const [result = { kind: 'untried' }] = await applyGroups([group], { client, session, uponRefusal: 'skip', wasApplied });
    if (result.kind !== 'refused') return result;
    const { error } = result;
    // The item itself, left there by one without transactions who came no further.
    if (error instanceof NodeExistsError && error.path === letterPath) letter = [];
    else if (error instanceof NoNodeError && error.path === letterPath) await makeDirectory(client, deadLetterPath, { session });
    else if (error instanceof NoNodeError && error.path === claimPath && !isClaimed) await makeDirectory(client, lockPath, { session });
    else return result;
  }
}

function sealed<T>({ client }: Site<T>, { data, name }: FoundItem<T>, { reason, deliveries }: Death): Buffer {
  return sealDeadLetter(data, { reason: describeCause(reason), deliveries, at: new Date(client.clock.wallTime()), item: name });
}
