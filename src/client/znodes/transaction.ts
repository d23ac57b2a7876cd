import type { MultiOperation, MultiResult } from '../../driver/driver.ts';
import { prefixed } from '../../driver/prefix.ts';
import { NoNodeError, TransactionFailedError } from '../../errors/refusal.ts';
import { parentOf, validatePath, validateSequentialPath } from '../../path.ts';
import type { Acl } from '../../znode.ts';
import { hasTtl, isSequential } from '../../znode.ts';
import { bytesOf, modeOf, ttlOf, versionOf } from '../calls/arguments.ts';
import type { Call } from '../calls/call.ts';
import type { CreatesUnderWay } from './creates-under-way.ts';
import { makePath, type ParentTerms } from './parents.ts';
import type { TransactionOperation, TransactionResult } from './znode-options.ts';

/** All or nothing, in one request. */
export async function transact(
  call: Call,
  operations: readonly MultiOperation[],
  parents: ParentTerms,
  creates: CreatesUnderWay,
): Promise<readonly TransactionResult[]> {
  const entered = operations.filter(isOfSession).map(({ path }) => creates.enter(prefixed(call.prefix, path)));
  try {
    return await transactWithRoot(call, operations, parents);
  } finally {
    for (const each of entered) each[Symbol.dispose]();
  }
}

function isOfSession(operation: MultiOperation): boolean {
  return operation.op === 'create' && operation.mode === 'ephemeral';
}

async function transactWithRoot(
  call: Call,
  operations: readonly MultiOperation[],
  parents: ParentTerms,
): Promise<readonly TransactionResult[]> {
  for (;;) {
    try {
      const { results } = await call.perform('multi', { operations }, 'not-sent');
      return results.map(resultOf);
    } catch (error) {
      if (!lacksNamespaceRoot(error, operations, call.prefix)) throw error;
      await makePath(call, '/', parents);
    }
  }
}

function lacksNamespaceRoot(error: unknown, operations: readonly MultiOperation[], prefix: string): boolean {
  if (prefix === '' || !(error instanceof TransactionFailedError) || !(error.cause instanceof NoNodeError)) return false;
  const refused = operations[error.index];
  return refused?.op === 'create' && parentOf(refused.path) === '/';
}

/**
 * @param aclOf of a create that brings none
 * @throws {InvalidArgumentError}
 */
export function multiOperationOf(
  operation: TransactionOperation,
  what: string,
  aclOf: (acl: readonly Acl[] | undefined, path: string) => readonly Acl[],
): MultiOperation {
  const { path } = operation;
  switch (operation.op) {
    case 'create': {
      const mode = modeOf(operation.mode, what);
      if (isSequential(mode)) validateSequentialPath(path, `${what}.path`);
      else validatePath(path, `${what}.path`);
      const ttl = ttlOf(operation.ttlMs, hasTtl(mode), what);
      return { op: 'create', path, data: bytesOf(operation.data, what), acl: aclOf(operation.acl, path), mode, ...ttl };
    }
    case 'set':
      validatePath(path, `${what}.path`);
      return { op: 'setData', path, data: bytesOf(operation.data, what), version: versionOf(operation.version, what) };
    case 'delete':
    case 'check':
      validatePath(path, `${what}.path`);
      return { op: operation.op, path, version: versionOf(operation.version, what) };
  }
}

function resultOf(result: MultiResult): TransactionResult {
  return result.op === 'setData' ? { op: 'set', stat: result.stat } : result;
}
