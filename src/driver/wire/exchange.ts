import type { OperationError } from '../../errors/operation.ts';
import type { ErrorCode } from '../../protocol/error-codes.ts';
import type { JuteReader, JuteWriter } from '../../protocol/jute.ts';
import type { Operation } from '../../protocol/operations/operation.ts';
import { type Operations, operations, type WireOperation, type WireReply, type WireRequest } from '../../protocol/operations.ts';
import type { WatchTable } from './watch-table.ts';

/** One operation as it goes over the wire: its number, how to ask, and what to make of the answer. */
export interface Exchange<Request, Reply> {
  readonly opcode: number;
  write(out: JuteWriter, request: Request): void;
  /** An error, where the body of a reply tells of one. */
  read(input: JuteReader, request: Request): Reply | OperationError;
  /** The refusal that is an answer too, and which. */
  readonly forgiven?: { readonly code: ErrorCode; readonly reply: Reply };
  /** What an answer does to the session's watches. `found` is false for a forgiven refusal. */
  watches?(table: WatchTable, request: Request, found: boolean): void;
}

/** The exchange of an operation whose request and reply have the port's shape already. */
export function asItIs<N extends WireOperation>(name: N): Exchange<WireRequest<N>, WireReply<N>> {
  const { opcode, request, reply } = operationOf(name);
  return {
    opcode,
    write: (out, value) => request.write(out, value),
    read: (input) => reply.read(input),
  };
}

/** The exchange of an operation whose request or reply has a shape of its own on the wire. */
export function mapped<N extends WireOperation, Request, Reply>(
  name: N,
  toWire: (request: Request) => WireRequest<N>,
  fromWire: (reply: WireReply<N>, request: Request) => Reply | OperationError,
): Exchange<Request, Reply> {
  const { opcode, request, reply } = operationOf(name);
  return {
    opcode,
    write: (out, value) => request.write(out, toWire(value)),
    read: (input, value) => fromWire(reply.read(input), value),
  };
}

// TypeScript does not see that an element of the table is the operation of its own request and reply; `WireRequest` and `WireReply` are made of just that.
function operationOf<N extends WireOperation>(name: N): Operation<WireRequest<N>, WireReply<N>> {
  const table: Operations = operations;
  return table[name] as unknown as Operation<WireRequest<N>, WireReply<N>>;
}

/** The reply, with its data typed as what they are: the reader hands out views on the frame, which is a Buffer. The codec's type says what may be written. */
export function withBuffer<Reply extends { readonly data: Uint8Array | null }>(reply: Reply): Reply & { readonly data: Buffer | null } {
  return reply as Reply & { readonly data: Buffer | null };
}
