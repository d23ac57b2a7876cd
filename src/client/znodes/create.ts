import type { RequestOf } from '../../driver/driver.ts';
import { prefixed } from '../../driver/prefix.ts';
import { OutcomeUnknownError } from '../../errors/operation.ts';
import { NoNodeError, RefusedError, refusedBy } from '../../errors/refusal.ts';
import { parentOf } from '../../path.ts';
import { isEphemeral, isSequential, type Stat } from '../../znode.ts';
import type { Call } from '../calls/call.ts';
import { type Evidence, isSince, notApplied, resultOf, type Unanswered, unknown, type WriteOutcome, write } from '../calls/write.ts';
import type { CreatesUnderWay } from './creates-under-way.ts';
import { makeParentOf, type ParentTerms } from './parents.ts';
import { readBack } from './read-back.ts';
import type { CreatedNode, NodeData } from './znode-options.ts';

export interface CreateTerms {
  /** How missing parents are made; undefined: they are not. */
  readonly parents: ParentTerms | undefined;
  /** Does an equal znode count as made, whoever has made it? */
  readonly isIdempotent: boolean;
  readonly creates: CreatesUnderWay;
}

/** Makes a znode by its plain name, and its parents where they are wanted. */
export async function create(call: Call, request: RequestOf<'create'>, terms: CreateTerms): Promise<CreatedNode> {
  if (!isEphemeral(request.mode) || isSequential(request.mode)) return await createNamed(call, request, terms);
  using _ = terms.creates.enter(prefixed(call.prefix, request.path));
  return await createNamed(call, request, terms);
}

async function createNamed(call: Call, request: RequestOf<'create'>, terms: CreateTerms): Promise<CreatedNode> {
  const lookAfter = async (unanswered: Unanswered) =>
    isSequential(request.mode)
      ? await noneMade(call, parentOf(request.path), unanswered)
      : created(call, request, await readBack(call, request.path), { unanswered, canBeOurs: canBeOurs(call, request, terms) });
  return await withParents(call, request.path, terms.parents, async () =>
    withStat(call, request, await write(call, () => call.send('create', request), lookAfter)),
  );
}

/** Does an equal znode that is young count as made by this call? */
function canBeOurs({ prefix }: Call, { path, mode }: RequestOf<'create'>, { isIdempotent, creates }: CreateTerms): boolean {
  return isIdempotent || (isEphemeral(mode) && !creates.isContested(prefixed(prefix, path)));
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

/** The stat is null if the driver cannot tell. */
export type Made = Pick<CreatedNode, 'path'> & { readonly stat: Stat | null };

/** What was made, with its stat, wherever that comes from. */
export async function withStat(call: Call, request: RequestOf<'create'>, outcome: WriteOutcome<Made>): Promise<CreatedNode> {
  const { path, stat } = resultOf(outcome);
  if (stat !== null) return { path, stat };
  const found = await statOf(call, path, request);
  // Not in the class of its own, which would have us make the parents and create it again.
  if (found === null) throw new RefusedError(call.operation, path, 'NONODE', 'it was created, and deleted by somebody at once');
  return { path, stat: found };
}

async function statOf(call: Call, path: string, request: RequestOf<'create'>): Promise<Stat | null> {
  try {
    return (await call.perform('exists', { path, watch: false }, 'unknown')).stat;
  } catch (cause) {
    // What was not sent is the question only.
    // biome-ignore lint/style/useErrorCause: it is the last argument
    throw new OutcomeUnknownError(call.operation, path, request, cause);
  }
}

/**
 * Is the znode that is there now the one that the unanswered create was to make? By its owner, its data and its age; and where these
 * do not tell, by `canBeOurs`: two who make the same are not both told that they have.
 */
function created(
  call: Call,
  { path, data, mode }: RequestOf<'create'>,
  node: NodeData | null,
  { unanswered, canBeOurs }: { readonly unanswered: Unanswered; readonly canBeOurs: boolean },
): Evidence<Made> {
  if (node === null) return notApplied;
  const { stat } = node;
  const alreadyThere = { kind: 'refused', error: refusedBy('NODEEXISTS', call.operation, path) } as const;
  const owner = isEphemeral(mode) ? call.session?.id : 0n;
  const wasChanged = stat.mzxid !== stat.czxid;
  if (!isSince(stat.czxid, unanswered) || stat.ephemeralOwner !== owner) return alreadyThere;
  if (wasChanged) return unknown;
  if (!node.data.equals(data ?? Buffer.alloc(0))) return alreadyThere;
  return canBeOurs ? { kind: 'applied', result: { path, stat } } : unknown;
}

/**
 * Nobody knows the number that an unanswered sequential create was to get, nor who has deleted it meanwhile. Where no child has come or gone since, it was
 * not made.
 */
async function noneMade(call: Call, directory: string, unanswered: Unanswered): Promise<Evidence<never>> {
  const node = await readBack(call, directory);
  return node === null || isSince(node.stat.pzxid, unanswered) ? unknown : notApplied;
}
