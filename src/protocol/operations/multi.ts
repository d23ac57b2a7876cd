import { ProtocolError } from '../../errors/connection.ts';
import type { JuteReader, JuteWriter } from '../jute.ts';
import { bool, type Codec, int, located, record, type ValueOf } from '../record.ts';
import { check } from './check.ts';
import { create, create2, createContainer, createTtl } from './create.ts';
import { deleteNode } from './delete.ts';
import { getChildren } from './get-children.ts';
import { getData } from './get-data.ts';
import { operation } from './operation.ts';
import { setData } from './set-data.ts';

const multiHeader = record('MultiHeader', { type: int, done: bool, err: int });
const endHeader = { type: -1, done: true, err: -1 } as const;
const errorType = -1;
const errorResponse = record('ErrorResponse', { err: int });

const parts = { create, create2, createContainer, createTtl, delete: deleteNode, setData, check, getChildren, getData } as const;
type Parts = typeof parts;
export type MultiPartName = keyof Parts;

/** One operation of a multi, by the name of its wire form. */
export type MultiRequestPart = { [N in MultiPartName]: { readonly op: N; readonly request: ValueOf<Parts[N]['request']> } }[MultiPartName];

/** What came of one operation: its reply, or the code it failed with (0 for the ones before the one that failed). */
export type MultiReplyPart =
  | { [N in MultiPartName]: { readonly op: N; readonly reply: ValueOf<Parts[N]['reply']> } }[MultiPartName]
  | { readonly op: 'error'; readonly err: number };

const partNames: ReadonlyMap<number, MultiPartName> = new Map(
  (Object.keys(parts) as MultiPartName[]).map((name) => [parts[name].opcode, name]),
);

const requests: Codec<readonly MultiRequestPart[]> = {
  write(out, list) {
    for (const part of list) {
      multiHeader.write(out, { type: parts[part.op].opcode, done: false, err: -1 });
      writeRequest(out, part);
    }
    multiHeader.write(out, endHeader);
  },
  read: (input) => readParts(input, 'MultiRequest', (name) => ({ op: name, request: parts[name].request.read(input) }) as MultiRequestPart),
};

const replies: Codec<readonly MultiReplyPart[]> = {
  write(out, list) {
    for (const part of list) {
      multiHeader.write(
        out,
        part.op === 'error' ? { type: errorType, done: false, err: part.err } : { type: parts[part.op].opcode, done: false, err: 0 },
      );
      writeReply(out, part);
    }
    multiHeader.write(out, endHeader);
  },
  read: (input) =>
    readParts<MultiReplyPart>(
      input,
      'MultiResponse',
      (name) => ({ op: name, reply: parts[name].reply.read(input) }) as MultiReplyPart,
      () => ({ op: 'error', ...errorResponse.read(input) }),
    ),
};

function writeRequest<N extends MultiPartName>(
  out: JuteWriter,
  part: { readonly op: N; readonly request: ValueOf<Parts[N]['request']> },
): void {
  (parts[part.op].request as Codec<typeof part.request>).write(out, part.request);
}

function writeReply(out: JuteWriter, part: MultiReplyPart): void {
  if (part.op === 'error') return errorResponse.write(out, part);
  (parts[part.op].reply as Codec<typeof part.reply>).write(out, part.reply);
}

function readParts<T>(input: JuteReader, name: string, read: (part: MultiPartName) => T, readError?: () => T): readonly T[] {
  const list: T[] = [];
  try {
    for (;;) {
      const { type, done } = multiHeader.read(input);
      if (done) return list;
      const part = partNames.get(type);
      if (part !== undefined) list.push(read(part));
      else if (type === errorType && readError !== undefined) list.push(readError());
      else throw new ProtocolError('MultiHeader', 'type', `${type} is no operation of a multi`);
    }
  } catch (error) {
    throw located(error, name, String(list.length));
  }
}

/** All or nothing. */
export const multi = operation(14, requests, replies);

/** Several reads at one zxid; each may fail alone. Only `getData` and `getChildren`. */
export const multiRead = operation(22, requests, replies);
