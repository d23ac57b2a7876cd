import { randomUuid } from '../../clock.ts';
import type { RequestOf } from '../../driver/driver.ts';
import { OutcomeUnknownError } from '../../errors/operation.ts';
import { NoNodeError } from '../../errors/refusal.ts';
import { joinPath, nameOf, parentOf } from '../../path.ts';
import { isEphemeral } from '../../znode.ts';
import type { Call } from '../calls/call.ts';
import type { Caller } from '../calls/caller.ts';
import { persistently } from '../calls/persistently.ts';
import { type Evidence, notApplied, write } from '../calls/write.ts';
import type { Session } from '../session/session.ts';
import { type Made, withParents, withStat } from './create.ts';
import type { ParentTerms } from './parents.ts';
import { deleteUntilGone } from './sure-delete.ts';
import type { CreatedNode } from './znode-options.ts';

/**
 * Makes a znode whose name begins with `_c_<uuid>-`, by which it is found again when the reply is lost. If the call fails without knowing what became
 * of it, the znode is looked for and deleted in the background.
 *
 * A znode made in a session that is over is not taken for ours: it is about to go (CURATOR-498).
 *
 * @see Curator `CreateBuilder.withProtection`
 */
export async function createProtected(
  call: Call,
  caller: Caller,
  request: RequestOf<'create'>,
  parents: ParentTerms | undefined,
): Promise<CreatedNode> {
  const uuid = randomUuid();
  const directory = parentOf(request.path);
  const path = `${directory === '/' ? '' : directory}/_c_${uuid}-${nameOf(request.path)}`;
  const named = { ...request, path };
  try {
    return await withParents(call, path, parents, async () =>
      withStat(
        call,
        named,
        await write(
          call,
          () => call.send('create', named),
          () => findAgain(call, directory, uuid, isEphemeral(request.mode)),
        ),
      ),
    );
  } catch (error) {
    if (error instanceof OutcomeUnknownError) cleanUp(call, caller, directory, uuid, isEphemeral(request.mode) ? call.session : undefined);
    throw error;
  }
}

async function findAgain(call: Call, directory: string, uuid: string, ephemeral: boolean): Promise<Evidence<Made>> {
  for (const path of await find(call, directory, uuid)) {
    const { stat } = await call.perform('exists', { path, watch: false }, 'unknown');
    if (stat !== null && (!ephemeral || stat.ephemeralOwner === call.session?.id)) return { kind: 'applied', result: { path, stat } };
  }
  return notApplied;
}

/** In one flight: a session's requests are served in order, and the server may lag behind the one that we had. */
async function find(call: Call, directory: string, uuid: string): Promise<readonly string[]> {
  const syncing = call.perform('sync', { path: directory }, 'unknown');
  const listing = call.perform('getChildren', { path: directory, watch: false }, 'unknown');
  const [, list] = await Promise.allSettled([syncing, listing]);
  await syncing;
  if (list.status === 'fulfilled') {
    return list.value.children.filter((child) => child.startsWith(`_c_${uuid}-`)).map((child) => joinPath(directory, child));
  }
  if (list.reason instanceof NoNodeError) return [];
  throw list.reason;
}

function cleanUp({ prefix }: Call, caller: Caller, directory: string, uuid: string, session: Session | undefined): void {
  // It never rejects. Not awaited, since the caller may have no time left; closing the client waits for it.
  void caller.inBackground({ operation: 'clean up after create', path: directory, prefix }, session, async (call) => {
    const paths = await persistently(call, () => find(call, directory, uuid));
    await Promise.all(paths.map((path) => deleteUntilGone(call, path)));
  });
}
