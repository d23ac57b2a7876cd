import {
  BadVersionError,
  type Client,
  NodeExistsError,
  NoNodeError,
  OutcomeUnknownError,
  parentOf,
  TransactionFailedError,
  type TransactionOperation,
} from '../../src/index.ts';
import { childrenOf, unlessGone } from '../common/unless-gone.ts';
import { type Document, Snapshot } from './document.ts';
import { writesOf } from './writes.ts';

/**
 * Reads, changes and writes until nobody has come between. All are written or none is, in one transaction if it takes several operations.
 *
 * After a lost reply it changes anew what is there by then: if that leaves nothing to write, all is well.
 *
 * @param change the new values, in the order of the documents. Called again for each attempt
 * @returns what it returned at last
 * @throws {OutcomeUnknownError} the reply was lost, the znodes have changed, and would be changed once more: it may have been applied already
 * @throws {UnsupportedError} the driver has no transactions, and it takes one
 */
export async function rewrite(
  client: Client,
  documents: readonly Document[],
  change: (before: readonly Snapshot[]) => readonly unknown[],
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  let unanswered: { readonly error: OutcomeUnknownError; readonly before: readonly Snapshot[] } | undefined;
  for (;;) {
    const isAfterLoss = unanswered !== undefined;
    const before = await Promise.all(documents.map((document) => read(client, document, isAfterLoss, signal)));
    const values = change(before);
    const writes = writesOf(before.map((snapshot, index) => ({ before: snapshot, data: snapshot.dataOf(values[index]) })));
    if (writes.length === 0) return values;
    if (unanswered !== undefined && !isSame(unanswered.before, before)) throw unanswered.error;
    try {
      await apply(client, writes, signal);
      return values;
    } catch (error) {
      if (error instanceof OutcomeUnknownError) unanswered = { error, before };
      else await makeWay(client, error, writes, signal);
    }
  }
}

/** In one flight. @param sync our server may lag behind the one that we had */
async function read(client: Client, document: Document, sync: boolean, signal: AbortSignal): Promise<Snapshot> {
  const { path, history } = document;
  const [, node, names, acl] = await Promise.all([
    sync ? client.sync(path, { signal }) : undefined,
    unlessGone(client.get(path, { signal })),
    history === undefined ? undefined : childrenOf(client, history.path, { signal }),
    // A driver that cannot tell has no transactions either, which is said when one is needed.
    history !== undefined && client.capabilities.getAcl ? unlessGone(client.getAcl(path, { signal })) : undefined,
  ]);
  return new Snapshot(document, node, names && { names, acl: acl?.acl });
}

async function apply(client: Client, writes: readonly TransactionOperation[], signal: AbortSignal): Promise<void> {
  const [write] = writes;
  if (writes.length === 1 && write?.op === 'create') await client.create(write.path, write.data, { parents: true, signal });
  else if (writes.length === 1 && write?.op === 'set') await client.set(write.path, write.data, { version: write.version, signal });
  else await client.transaction(writes, { signal });
}

const outrunBy = [BadVersionError, NodeExistsError, NoNodeError] as const;

/** Throws again what does not come of somebody else having been faster. Makes what is missing above a znode that is to be made. */
async function makeWay(client: Client, error: unknown, writes: readonly TransactionOperation[], signal: AbortSignal): Promise<void> {
  const isOfTransaction = error instanceof TransactionFailedError;
  const cause = isOfTransaction ? error.cause : error;
  const write = writes[isOfTransaction ? error.index : 0];
  if (!outrunBy.some((type) => cause instanceof type)) throw error;
  if (cause instanceof NoNodeError && write?.op === 'create') await client.ensurePath(parentOf(write.path), { acl: write.acl, signal });
}

function isSame(before: readonly Snapshot[], now: readonly Snapshot[]): boolean {
  return before.every(({ node }, index) => node?.stat.mzxid === now[index]?.node?.stat.mzxid);
}
