import type { RequestOf } from '../../driver/driver.ts';
import { refusedBy } from '../../errors/refusal.ts';
import { anyVersion, type Stat } from '../../znode.ts';
import type { Call } from '../calls/call.ts';
import { isSince, notApplied, type Unanswered, write } from '../calls/write.ts';
import { readBack } from './read-back.ts';
import type { NodeData } from './znode-options.ts';

/** Stores data. A lost reply is cleared up by reading back; where that cannot tell, it is `OutcomeUnknownError`. */
export async function setData(call: Call, request: RequestOf<'setData'>): Promise<Stat> {
  return await write(
    call,
    async () => (await call.send('setData', request)).stat,
    async (unanswered) => stored(call, request, await readBack(call, request.path), unanswered),
  );
}

/** Deletes a znode. A lost reply is cleared up as for `setData`. */
export async function deleteNode(call: Call, request: RequestOf<'delete'>): Promise<void> {
  await write(
    call,
    () => call.send('delete', request),
    async (unanswered) => deleted(request, await readBack(call, request.path), unanswered),
  );
}

function stored(
  call: Call,
  { path, data, version }: RequestOf<'setData'>,
  node: NodeData | null,
  unanswered: Unanswered,
): Stat | typeof notApplied {
  if (node === null) throw unanswered.error;
  if (!isSince(node.stat.mzxid, unanswered)) return notApplied;
  const isOurData = node.data.equals(data ?? Buffer.alloc(0));
  if (version === anyVersion && isOurData) return node.stat;
  // Ours would have given it this version, so another came before it.
  const isAnothers = version !== anyVersion && !isOurData && node.stat.version === version + 1 && !isSince(node.stat.czxid, unanswered);
  if (!isAnothers) throw unanswered.error;
  call.mayBeApplied = false;
  throw refusedBy('BADVERSION', call.operation, path);
}

function deleted({ version }: RequestOf<'delete'>, node: NodeData | null, unanswered: Unanswered): typeof notApplied | undefined {
  if (node !== null && !isSince(node.stat.czxid, unanswered)) return notApplied;
  // It is gone, which is what was wanted. With a version it was to be told whether it was that one.
  if (node === null && version === anyVersion) return undefined;
  throw unanswered.error;
}
