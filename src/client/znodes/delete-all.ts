import { NoNodeError, NotEmptyError } from '../../errors/refusal.ts';
import { joinPath } from '../../path.ts';
import { anyVersion } from '../../znode.ts';
import type { Call } from '../calls/call.ts';
import { inChunks } from './in-chunks.ts';

/** Deletes `path` and all below it, deepest first, however often somebody adds to it meanwhile. */
export async function deleteAll(call: Call, path: string): Promise<void> {
  for (;;) {
    const paths = await subtree(call, path);
    try {
      await inChunks(call, paths.reverse(), (each) => deleteIfThere(call, each));
      return;
    } catch (error) {
      if (!(error instanceof NotEmptyError)) throw error;
    }
  }
}

/** Parents before their children. */
async function subtree(call: Call, root: string): Promise<string[]> {
  const found = [root];
  for (let level = [root]; level.length > 0; ) {
    const lists = await inChunks(call, level, async (path) => (await childrenOf(call, path)).map((child) => joinPath(path, child)));
    level = lists.flat();
    for (const path of level) found.push(path);
  }
  return found;
}

async function childrenOf(call: Call, path: string): Promise<readonly string[]> {
  try {
    return (await call.perform('getChildren', { path, watch: false }, 'unknown')).children;
  } catch (error) {
    if (error instanceof NoNodeError) return [];
    throw error;
  }
}

async function deleteIfThere(call: Call, path: string): Promise<void> {
  try {
    await call.perform('delete', { path, version: anyVersion }, 'unknown');
  } catch (error) {
    if (!(error instanceof NoNodeError)) throw error;
  }
}
