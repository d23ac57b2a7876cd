import {
  describeCause,
  isTransient,
  joinPath,
  NodeExistsError,
  NoNodeError,
  OperationError,
  type RefusedError,
  RequestTooLargeError,
  type Session,
  type TransactionOperation,
} from '../../src/index.ts';
import { makeDirectory } from './directory.ts';
import { deliveriesOf, type FoundItem, flawOf, passOver } from './found-item.ts';
import { sealDeadLetter } from './items/dead-letter-bytes.ts';
import { writeFrame } from './items/item-bytes.ts';
import type { QueueContext } from './queue-context.ts';
import { type Applied, applyGroups } from './transaction-groups.ts';

/** Why an item cannot be handled. */
export interface Death {
  readonly reason: unknown;
  /** How often it was given to somebody. */
  readonly deliveries: number;
  /** By us, in this session: the claim goes with it. Else one is made that nobody sees, so that nobody's item is taken away. */
  readonly isClaimed: boolean;
}

/** Sends what nobody can handle to the dead letters, and returns the others. The queue goes on, whatever becomes of that. */
export async function withoutPoison<T>(
  context: QueueContext<T>,
  items: readonly FoundItem<T>[],
  session: Session,
): Promise<readonly FoundItem<T>[]> {
  const sound: FoundItem<T>[] = [];
  const moving: Promise<void>[] = [];
  for (const item of items) {
    const flaw = flawOf(item, context.maxDeliveries);
    if (flaw === undefined) sound.push(item);
    else moving.push(remove(context, item, flaw, session));
  }
  await Promise.all(moving);
  return sound;
}

async function remove<T>(context: QueueContext<T>, item: FoundItem<T>, reason: unknown, session: Session): Promise<void> {
  const { client, deadLetterPath } = context;
  const { path, reservation } = item;
  try {
    const result = await moveToDeadLetters(context, session, item, { reason, deliveries: deliveriesOf(item), isClaimed: false });
    if (result.kind === 'applied') {
      client.logger.warn({ path, deadLetterPath, reason }, 'an item was moved to the dead letters');
      reservation.gone();
    }
    if (result.kind === 'lost' || result.kind === 'untried') reservation.free();
    if (result.kind === 'refused') learn(context, item, result.error);
  } catch (error) {
    if (isTransient(error) || !(error instanceof OperationError && error.outcome === 'refused')) throw error;
    passOver(client, reservation, error);
  }
}

/** @throws {RefusedError} it says nothing about the item */
function learn<T>({ backlog }: QueueContext<T>, { path, reservation }: FoundItem<T>, error: RefusedError): void {
  if (error instanceof NodeExistsError) {
    reservation.claimedByAnother();
    backlog.contended();
  } else if (error instanceof NoNodeError && error.path === path) reservation.gone();
  else throw error;
}

/** The note counts deliveries of this znode. */
function withoutNote({ data, content }: FoundItem<unknown>): Buffer {
  return content.kind === 'items' && content.frame.countedFrom !== 0 ? writeFrame({ ...content.frame, countedFrom: 0 }) : data;
}

/**
 * Moves an item to the dead letters, in one transaction where the driver has them.
 *
 * @throws {RequestTooLargeError} it is so large that nobody but its producer could have written it
 */
export async function moveToDeadLetters<T>(context: QueueContext<T>, session: Session, item: FoundItem<T>, death: Death): Promise<Applied> {
  try {
    return await move(context, session, item, sealed(context, item, death), death.isClaimed);
  } catch (error) {
    if (!(error instanceof RequestTooLargeError)) throw error;
    // It leaves no room for the reason.
    return await move(context, session, item, withoutNote(item), death.isClaimed);
  }
}

async function move<T>(context: QueueContext<T>, session: Session, item: FoundItem<T>, data: Buffer, isClaimed: boolean): Promise<Applied> {
  const { client, lockPath, deadLetterPath } = context;
  const claimPath = joinPath(lockPath, item.name);
  // With the czxid, since another queue's items may have the same names.
  const letterPath = joinPath(deadLetterPath, `${item.name}-${item.czxid.toString(16)}`);
  const claim: TransactionOperation = { op: 'create', path: claimPath, data: context.claimData, mode: 'ephemeral' };
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

function sealed<T>({ client }: QueueContext<T>, item: FoundItem<T>, { reason, deliveries }: Death): Buffer {
  return sealDeadLetter(withoutNote(item), {
    reason: describeCause(reason),
    deliveries,
    at: new Date(client.clock.wallTime()),
    item: item.name,
  });
}
