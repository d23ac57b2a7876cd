import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export type Kazoo = { readonly python: string } | { readonly skip: string };

/** The first `python3` on the PATH that has kazoo, or why there is none: a Python of one's own often stands before the system's. */
export function findKazoo(): Kazoo {
  const pythons = (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, 'python3'))
    .filter((path) => existsSync(path));
  const python = pythons.find((path) => spawnSync(path, ['-c', 'import kazoo'], { timeout: 20_000 }).status === 0);
  return python === undefined ? { skip: "no python3 on the PATH has kazoo (Debian's package: python3-kazoo)" } : { python };
}
