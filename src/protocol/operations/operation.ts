import type { Codec } from '../record.ts';

/** One operation of the protocol: its number, what is asked and what is answered. */
export interface Operation<Request, Reply> {
  readonly opcode: number;
  readonly request: Codec<Request>;
  readonly reply: Codec<Reply>;
}

export function operation<Request, Reply>(opcode: number, request: Codec<Request>, reply: Codec<Reply>): Operation<Request, Reply> {
  return { opcode, request, reply };
}
