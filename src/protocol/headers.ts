import { type Codec, int, long, record, type ValueOf } from './record.ts';

/** Before every request. */
export const requestHeader = record('RequestHeader', { xid: int, type: int });
export type RequestHeader = ValueOf<typeof requestHeader>;

/** Before every reply. `err` is a code of `error-codes.ts`; a body follows only if it is 0. */
export interface ReplyHeader {
  readonly xid: number;
  readonly zxid: bigint;
  readonly err: number;
}
export const replyHeader: Codec<ReplyHeader> = record('ReplyHeader', { xid: int, zxid: long, err: int });

/** Xids that do not count requests but say what a packet is. @see ZooKeeper `ClientCnxn` */
export const specialXids = { notification: -1, ping: -2, auth: -4, setWatches: -8 } as const;

/** Packets that belong to the session itself and are no operation. */
export const sessionOpcodes = { ping: 11, createSession: -10, closeSession: -11 } as const;
