import type { RequestOf } from '../../driver/driver.ts';
import { refusedBy } from '../../errors/refusal.ts';
import { anyVersion, type Stat } from '../../znode.ts';
import type { Call } from '../calls/call.ts';
import { type Evidence, isSince, notApplied, resultOf, type Unanswered, unknown, write } from '../calls/write.ts';
import { readBack } from './read-back.ts';
import type { NodeData } from './znode-options.ts';

/** Stores data. A lost reply is cleared up by reading back; where that cannot tell, it is `OutcomeUnknownError`. */
export async function setData(call: Call, request: RequestOf<'setData'>): Promise<Stat> {
  return resultOf(
    await write(
      call,
      async () => (await call.send('setData', request)).stat,
      async (unanswered) => stored(call, request, await readBack(call, request.path), unanswered),
    ),
  );
}

/** Deletes a znode. A lost reply is cleared up as for `setData`. */
export async function deleteNode(call: Call, request: RequestOf<'delete'>, isIdempotent: boolean): Promise<void> {
  resultOf(
    await write(
      call,
      () => call.send('delete', request),
      async (unanswered) => deleted(await readBack(call, request.path), unanswered, isIdempotent),
    ),
  );
}

function stored(call: Call, { path, data, version }: RequestOf<'setData'>, node: NodeData | null, unanswered: Unanswered): Evidence<Stat> {
  if (node === null) return unknown;
  if (!isSince(node.stat.mzxid, unanswered)) return notApplied;
  const isOurData = node.data.equals(data ?? Buffer.alloc(0));
  if (version === anyVersion && isOurData) return { kind: 'applied', result: node.stat };
  // Ours would have given it this version, so another came before it.
  const isAnothers = version !== anyVersion && !isOurData && node.stat.version === version + 1 && !isSince(node.stat.czxid, unanswered);
  return isAnothers ? { kind: 'refused', error: refusedBy('BADVERSION', call.operation, path) } : unknown;
}

/** Of what is gone nobody knows who has deleted it; and a caller who is told that he has often has more to do for it, once. */
function deleted(node: NodeData | null, unanswered: Unanswered, isIdempotent: boolean): Evidence<void> {
  if (node === null && isIdempotent) return { kind: 'applied', result: undefined };
  return node !== null && !isSince(node.stat.czxid, unanswered) ? notApplied : unknown;
}
