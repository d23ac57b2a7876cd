import { ProtocolError } from '../../errors/connection.ts';
import { type RefusalCode, refusedBy, TransactionFailedError } from '../../errors/refusal.ts';
import { errorCodeName } from '../../protocol/error-codes.ts';
import type { MultiReplyPart, MultiRequestPart } from '../../protocol/operations/multi.ts';
import type { MultiOperation, MultiReadOperation, MultiReadResult, MultiResult, ReplyOf, RequestOf } from '../driver.ts';
import { createdPath, namesFromServer } from '../server-paths.ts';
import { type Exchange, mapped, withBuffer } from './exchange.ts';
import { refusalCode } from './refusal.ts';
import { createOperation, createRequest } from './translate-create.ts';

export const multi: Exchange<RequestOf<'multi'>, ReplyOf<'multi'>> = mapped<'multi', RequestOf<'multi'>, ReplyOf<'multi'>>(
  'multi',
  ({ operations }) => operations.map(requestPart),
  (parts, { operations }) =>
    failureOf(parts, operations) ?? {
      results: answered(parts, operations.length).map((part, index) => result(part, operations[index])),
    },
);

export const multiRead: Exchange<RequestOf<'multiRead'>, ReplyOf<'multiRead'>> = mapped(
  'multiRead',
  ({ reads }: RequestOf<'multiRead'>) => reads.map(readPart),
  (parts, { reads }) => ({
    results: answered(parts, reads.length).map(readResult),
  }),
);

function requestPart(operation: MultiOperation): MultiRequestPart {
  switch (operation.op) {
    case 'create':
      return {
        op: createOperation(operation),
        request: createRequest(operation),
      };
    case 'delete':
      return { op: 'delete', request: operation };
    case 'setData':
      return { op: 'setData', request: operation };
    case 'check':
      return { op: 'check', request: operation };
  }
}

function readPart({ op, path }: MultiReadOperation): MultiRequestPart {
  return { op, request: { path, watch: false } };
}

/** A transaction that failed is answered with an error in every place: 0 before the operation at fault, its code, and "not tried" after. */
function failureOf(parts: readonly MultiReplyPart[], operations: readonly MultiOperation[]): TransactionFailedError | undefined {
  const index = parts.findIndex((part) => part.op === 'error' && part.err !== 0);
  const part = parts[index];
  const operation = operations[index];
  if (part?.op !== 'error' || operation === undefined) return undefined;
  return new TransactionFailedError(index, refusedBy(codeOf(part.err), operation.op, operation.path));
}

function result(part: MultiReplyPart, asked: MultiOperation | undefined): MultiResult {
  switch (asked?.op) {
    case undefined:
      break;
    case 'create':
      return createResult(part, asked);
    case 'setData':
      if (part.op === 'setData') return { op: 'setData', stat: part.reply.stat };
      break;
    case 'delete':
    case 'check':
      if (part.op === asked.op) return { op: part.op };
      break;
  }
  throw new ProtocolError('MultiResponse', 'type', `'${part.op}' does not answer '${asked?.op}'`);
}

function createResult(part: MultiReplyPart, asked: Extract<MultiOperation, { op: 'create' }>): MultiResult {
  switch (part.op) {
    case 'create2':
    case 'createContainer':
    case 'createTtl':
      return { op: 'create', path: createdPath(asked, part.reply.path), stat: part.reply.stat };
    case 'create':
      return { op: 'create', path: createdPath(asked, part.reply.path), stat: null };
    default:
      throw new ProtocolError('MultiResponse', 'type', `'${part.op}' does not answer 'create'`);
  }
}

function readResult(part: MultiReplyPart): MultiReadResult {
  switch (part.op) {
    case 'getChildren':
      return { op: 'getChildren', children: namesFromServer('GetChildrenResponse', part.reply.children) };
    case 'getData':
      return { op: 'getData', ...withBuffer(part.reply) };
    case 'error':
      return { op: 'refused', code: codeOf(part.err) };
    default:
      throw new ProtocolError('MultiResponse', 'type', `'${part.op}' answers no read`);
  }
}

function answered(parts: readonly MultiReplyPart[], expected: number): readonly MultiReplyPart[] {
  if (parts.length !== expected) throw new ProtocolError('MultiResponse', '', `${parts.length} results for ${expected} operations`);
  return parts;
}

function codeOf(err: number): RefusalCode {
  return refusalCode(errorCodeName(err)) ?? 'UNKNOWN';
}
