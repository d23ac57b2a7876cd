import type { RequestOf } from '../../driver/driver.ts';
import { NoNodeError, RefusedError, refusedBy } from '../../errors/refusal.ts';
import { parentOf } from '../../path.ts';
import { isEphemeral, isSequential } from '../../znode.ts';
import type { Call } from '../calls/call.ts';
import { isSince, notApplied, type Unanswered, write } from '../calls/write.ts';
import { makeParentOf, type ParentTerms } from './parents.ts';
import { readBack } from './read-back.ts';
import type { CreatedNode, NodeData } from './znode-options.ts';

/** Makes a znode by its plain name, and its parents where they are wanted. */
export async function create(call: Call, request: RequestOf<'create'>, parents: ParentTerms | undefined): Promise<CreatedNode> {
  return await withParents(call, request.path, parents, () =>
    write(
      call,
      () => sendCreate(call, request),
      async (unanswered) =>
        isSequential(request.mode)
          ? await noneMade(call, parentOf(request.path), unanswered)
          : created(call, request, await readBack(call, request.path), unanswered),
    ),
  );
}

/** Does `make`, and again once what is missing above `path` is there. The root of a namespace is always made. */
export async function withParents<T>(call: Call, path: string, parents: ParentTerms | undefined, make: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof NoNodeError) || parents === undefined) throw error;
      await makeParentOf(call, path, parents, error);
    }
  }
}

export async function sendCreate(call: Call, request: RequestOf<'create'>): Promise<CreatedNode> {
  const { path, stat } = await call.send('create', request);
  if (stat !== null) return { path, stat };
  // The driver cannot tell.
  const found = await call.perform('exists', { path, watch: false }, 'unknown');
  // Not in the class of its own, which would have us make the parents and create it again.
  if (found.stat === null) throw new RefusedError(call.operation, path, 'NONODE', 'it was created, and deleted by somebody at once');
  return { path, stat: found.stat };
}

/** Is the znode that is there now the one that the unanswered create was to make? By its owner, its data and its age. */
function created(
  call: Call,
  { path, data, mode }: RequestOf<'create'>,
  node: NodeData | null,
  unanswered: Unanswered,
): CreatedNode | typeof notApplied {
  if (node === null) return notApplied;
  const { stat } = node;
  const owner = isEphemeral(mode) ? call.session?.id : 0n;
  const wasChanged = stat.mzxid !== stat.czxid;
  if (!isSince(stat.czxid, unanswered) || stat.ephemeralOwner !== owner) throw alreadyThere(call, path);
  if (wasChanged) throw unanswered.error;
  if (!node.data.equals(data ?? Buffer.alloc(0))) throw alreadyThere(call, path);
  return { path, stat };
}

/**
 * Nobody knows the number that an unanswered sequential create was to get, nor who has deleted it meanwhile. Where no child has come or gone since, it was
 * not made.
 */
async function noneMade(call: Call, directory: string, unanswered: Unanswered): Promise<typeof notApplied> {
  const node = await readBack(call, directory);
  if (node === null || isSince(node.stat.pzxid, unanswered)) throw unanswered.error;
  return notApplied;
}

function alreadyThere(call: Call, path: string): RefusedError {
  call.mayBeApplied = false;
  return refusedBy('NODEEXISTS', call.operation, path);
}
