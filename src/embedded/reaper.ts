import type { Database } from './database.ts';
import type { Tree } from './tree.ts';

/**
 * Deletes containers that had children and have none now, and znodes whose time to live has passed, each at a zxid of its own.
 *
 * @see ZooKeeper `ContainerManager`
 */
export function reap(database: Database, wallTimeMs: number): void {
  for (const path of doomed(database.tree, wallTimeMs)) database.write((transaction) => transaction.remove(path));
}

function doomed(tree: Tree, wallTimeMs: number): readonly string[] {
  return tree.mortals().filter((path) => {
    const znode = tree.get(path);
    if (znode === undefined || znode.children.size > 0) return false;
    // A container that never had a child is kept: somebody may be about to use it.
    if (znode.lifetime.kind === 'container') return znode.created > 0;
    return znode.lifetime.kind === 'ttl' && BigInt(Math.trunc(wallTimeMs)) - znode.mtime > znode.lifetime.ttlMs;
  });
}
