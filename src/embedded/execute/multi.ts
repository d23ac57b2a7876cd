import { ProtocolError } from '../../errors/connection.ts';
import { errorCodes } from '../../protocol/error-codes.ts';
import type { MultiReplyPart, MultiRequestPart } from '../../protocol/operations/multi.ts';
import { createModes } from '../../znode.ts';
import { Refusal } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { reads } from './reads.ts';
import type { Requester } from './requester.ts';
import { type CreateRequest, createIn, hasTtlFlag } from './writes.ts';

export const multis = { multi, multiRead } as const;

/** All or nothing: if one is refused, the ones before it are reported OK, though undone, and the ones after it RUNTIMEINCONSISTENCY. */
function multi({ database, ...requester }: Requester, parts: readonly MultiRequestPart[]): readonly MultiReplyPart[] {
  let done = 0;
  try {
    return database.write((transaction) =>
      parts.map((part) => {
        const reply = write(transaction, part, requester);
        done += 1;
        return reply;
      }),
    );
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return parts.map((_, at) => ({
      op: 'error',
      err: errorCodes[at < done ? 'OK' : at === done ? error.code : 'RUNTIMEINCONSISTENCY'],
    }));
  }
}

function write(transaction: Transaction, part: MultiRequestPart, requester: Pick<Requester, 'sessionId' | 'identities'>): MultiReplyPart {
  const { identities } = requester;
  switch (part.op) {
    case 'create':
    case 'create2':
    case 'createContainer':
    case 'createTtl':
      return create(transaction, part.request, requester);
    case 'delete':
      return {
        op: part.op,
        reply: transaction.delete(part.request.path, part.request.version, identities),
      };
    case 'setData': {
      const { path, data, version } = part.request;
      return {
        op: part.op,
        reply: { stat: transaction.setData(path, data, version, identities) },
      };
    }
    case 'check':
      return {
        op: part.op,
        reply: transaction.check(part.request.path, part.request.version, identities),
      };
    case 'getChildren':
    case 'getData':
      throw new ProtocolError('MultiRequest', 'type', `${part.op} has no place among writes`);
  }
}

/**
 * In a multi the flags decide what is made, whatever the opcode says, and only containers and znodes with a time to live come back with their
 * stat.
 *
 * @see ZooKeeper `Op.Create`, `MultiResponse`
 */
function create(transaction: Transaction, request: CreateRequest, requester: Pick<Requester, 'sessionId' | 'identities'>): MultiReplyPart {
  const { ttl, ...withoutTtl } = request;
  if (hasTtlFlag(request.flags)) {
    if (ttl === undefined) throw new ProtocolError('MultiRequest', 'flags', 'a time to live without its length');
    return { op: 'create2', reply: createIn(transaction, 'createTtl', request, requester) };
  }
  if (request.flags === createModes.container) {
    return { op: 'create2', reply: createIn(transaction, 'createContainer', withoutTtl, requester) };
  }
  return { op: 'create', reply: { path: createIn(transaction, 'create', withoutTtl, requester).path } };
}

function multiRead(requester: Requester, parts: readonly MultiRequestPart[]): readonly MultiReplyPart[] {
  return parts.map((part) => {
    try {
      return read(requester, part);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { op: 'error', err: errorCodes[error.code] };
    }
  });
}

function read(requester: Requester, part: MultiRequestPart): MultiReplyPart {
  if (part.op === 'getData') return { op: part.op, reply: reads.getData(requester, part.request) };
  if (part.op === 'getChildren') return { op: part.op, reply: reads.getChildren(requester, part.request) };
  throw new ProtocolError('MultiRequest', 'type', `${part.op} has no place among reads`);
}
