import {
  type Client,
  ConnectTimeoutError,
  exponential,
  isTransient,
  NoNodeError,
  OperationError,
  parentOf,
  RefusedError,
  type Session,
  SessionLostError,
  TransactionFailedError,
  type TransactionOperation,
} from '../../src/index.ts';
import { Wakeup } from '../common/wakeup.ts';
import { makeDirectory } from './directory.ts';

/** What belongs together for one item: applied as a whole, or not at all. */
export type Group = readonly TransactionOperation[];

/** What became of a group. */
export type Applied =
  | { readonly kind: 'applied' }
  /** The server said no to one of its operations, and nothing of it was applied. */
  | { readonly kind: 'refused'; readonly error: RefusedError }
  /** One before it was refused. */
  | { readonly kind: 'untried' }
  /** The session was over before it was known what became of it. */
  | { readonly kind: 'lost'; readonly error: SessionLostError };

export interface Terms {
  readonly client: Client;
  /** The only session to do it in. */
  readonly session: Session;
  /** What to do with the others when one is refused: go on with those before it only, or with all. */
  readonly uponRefusal: 'stop' | 'skip';
  /** Operations to put before each transaction. Default: none. */
  readonly mark?: () => Group;
  /** After a lost reply: was the transaction that begins with this group applied? Nobody else can have undone it. */
  readonly wasApplied: (first: Group) => Promise<boolean>;
}

/**
 * Applies the groups in one transaction, seen through whatever happens to the connection; or, where the driver has no transactions, operation by operation,
 * all groups beside each other.
 *
 * @throws {RefusedError} its mark was refused
 * @throws {ClosedError}
 */
export async function applyGroups(groups: readonly Group[], terms: Terms): Promise<readonly Applied[]> {
  if (!terms.client.capabilities.multi) return await Promise.all(groups.map((group) => orLost(() => applySingly(group, terms))));
  const results: Applied[] = groups.map(() => ({ kind: 'untried' }));
  for (let left = groups.map((group, index) => ({ group, index })); left.length > 0; ) {
    const result = await orLost(() =>
      applyTogether(
        left.map(({ group }) => group),
        terms,
      ),
    );
    if (result.kind !== 'refused') {
      for (const { index } of left) results[index] = result;
      break;
    }
    const refused = left[result.at];
    if (refused !== undefined) results[refused.index] = { kind: 'refused', error: result.error };
    left = terms.uponRefusal === 'stop' ? left.slice(0, result.at) : left.filter((one) => one !== refused);
  }
  return results;
}

/** As `applyGroups`; if the directory is missing that the groups make znodes in, it is made, and what was in want of it is applied then. */
export async function applyInDirectory(groups: readonly Group[], terms: Terms, directory: string): Promise<readonly Applied[]> {
  let results = await applyGroups(groups, terms);
  while (results.some((result) => lacks(result, directory))) {
    await makeDirectory(terms.client, directory, { session: terms.session });
    // Without transactions some may have been applied: somebody has made the directory meanwhile.
    const left = groups.filter((_, index) => isLeft(results[index], directory));
    const more = [...(await applyGroups(left, terms))];
    results = results.map((result) => (isLeft(result, directory) ? (more.shift() ?? result) : result));
  }
  return results;
}

function isLeft(result: Applied | undefined, directory: string): boolean {
  return result?.kind === 'untried' || (result !== undefined && lacks(result, directory));
}

function lacks(result: Applied, directory: string): boolean {
  return result.kind === 'refused' && result.error instanceof NoNodeError && parentOf(result.error.path) === directory;
}

type Together = { readonly kind: 'applied' } | { readonly kind: 'refused'; readonly at: number; readonly error: RefusedError };

/** All are applied; or one of them was refused, so that none is. */
async function applyTogether(groups: readonly Group[], terms: Terms): Promise<Together> {
  const [first = []] = groups;
  const mark = terms.mark?.() ?? [];
  const operations = [...mark, ...groups.flat()];
  const wasApplied = () => seenThrough(terms, () => terms.wasApplied(first));
  let isDoubtful = false;
  for (let failures = 1; ; failures += 1) {
    try {
      await terms.client.transaction(operations, { session: terms.session });
      return { kind: 'applied' };
    } catch (error) {
      if (isTransient(error)) {
        await pause(terms, failures);
        continue;
      }
      if (error instanceof TransactionFailedError) {
        // The one before may have arrived after we had looked, and be what is in the way of this one.
        if (isDoubtful && (await wasApplied())) return { kind: 'applied' };
        if (error.index < mark.length) throw error.cause;
        return { kind: 'refused', at: groupAt(groups, error.index - mark.length), error: error.cause };
      }
      if (!isOpen(error)) throw error;
      isDoubtful = true;
      await contact(terms.client, terms.session);
      if (await wasApplied()) return { kind: 'applied' };
    }
  }
}

async function orLost<T>(applying: () => Promise<T>): Promise<T | { readonly kind: 'lost'; readonly error: SessionLostError }> {
  try {
    return await applying();
  } catch (error) {
    if (error instanceof SessionLostError) return { kind: 'lost', error };
    throw error;
  }
}

function groupAt(groups: readonly Group[], index: number): number {
  let end = 0;
  return groups.findIndex((group) => {
    end += group.length;
    return index < end;
  });
}

/** What it made before it was refused is taken back. */
async function applySingly(group: Group, { client, session }: Terms): Promise<Applied> {
  const made: string[] = [];
  for (const operation of group) {
    try {
      await seenThrough({ client, session }, () => applyOne(client, operation, session));
      if (operation.op === 'create') made.push(operation.path);
    } catch (error) {
      await Promise.all(made.map((path) => client.deleteForSure(path, { session })));
      if (error instanceof RefusedError) return { kind: 'refused', error };
      throw error;
    }
  }
  return { kind: 'applied' };
}

async function applyOne(client: Client, operation: TransactionOperation, session: Session): Promise<void> {
  const { path } = operation;
  switch (operation.op) {
    case 'create':
      // Of an ephemeral one the session tells, but for two that claim the same at the same time.
      await client.create(path, operation.data, {
        session,
        mode: operation.mode,
        protect: false,
        idempotent: operation.mode !== 'ephemeral',
      });
      return;
    case 'set':
      await client.set(path, operation.data, { session, version: operation.version });
      return;
    case 'delete':
      await client.delete(path, { session, idempotent: true });
      return;
    case 'check':
      await client.get(path, { session });
  }
}

/** Does `attempt` again for as long as the session lives and only the connection, or the condition of a server, is in the way. */
export async function seenThrough<T>(terms: Pick<Terms, 'client' | 'session'>, attempt: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (isTransient(error)) await pause(terms, failures);
      else if (isOpen(error)) await contact(terms.client, terms.session);
      else throw error;
    }
  }
}

const pauses = exponential({ baseMs: 20, capMs: 1_000 });

async function pause({ client: { clock }, session }: Pick<Terms, 'client' | 'session'>, failures: number): Promise<void> {
  const delayMs = pauses(failures, 0, clock.random());
  if (delayMs !== 'stop') await new Wakeup().wait(clock, delayMs, session.signal);
  session.signal.throwIfAborted();
}

/** Neither done nor refused. */
function isOpen(error: unknown): boolean {
  return error instanceof OperationError && error.outcome !== 'refused';
}

async function contact(client: Client, { signal }: Session): Promise<void> {
  signal.throwIfAborted();
  try {
    await client.connected({ signal });
  } catch (error) {
    if (!(error instanceof ConnectTimeoutError)) throw error;
  }
}
