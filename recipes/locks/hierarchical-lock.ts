import { type Client, joinPath, parentOf, validatePath } from '../../src/index.ts';
import type { HoldOptions } from '../leases/hold-options.ts';
import { MultiLock } from './multi-lock.ts';
import { ReadWriteLock } from './read-write-lock.ts';

/**
 * Locks `resource`, a path in a tree of the caller's own names, with all below it: whoever holds `/a` excludes holders of `/a/b`, and the other way round,
 * while `/a/b` and `/a/c` do not mind each other.
 *
 * It is the write lock of the resource, and the read locks of all above it: read-write locks in `directory`, one for each name, from the root down.
 * An owner that holds `/a` enters `/a/b` at once; one that holds `/a/b` cannot have `/a` on top of it (`LockUpgradeError`).
 *
 * @param directory path of a znode for the locks of one tree
 * @throws {InvalidArgumentError}
 */
export function hierarchicalLock(client: Client, directory: string, resource: string, options: HoldOptions = {}): MultiLock {
  validatePath(directory, 'hierarchicalLock.directory');
  validatePath(resource, 'hierarchicalLock.resource');
  const lockOf = (name: string) => new ReadWriteLock(client, joinPath(directory, encodeURIComponent(name)), options);
  return new MultiLock(client, [...ancestorsOf(resource).map((name) => lockOf(name).read), lockOf(resource).write]);
}

function ancestorsOf(resource: string): readonly string[] {
  const parent = parentOf(resource);
  return parent === resource ? [] : [...ancestorsOf(parent), parent];
}
