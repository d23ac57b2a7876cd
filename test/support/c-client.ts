import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Why the npm package `zookeeper` cannot be loaded here, or undefined if it can. In a process of its own, which its binary may bring down. */
export function whyNoCClient(): string | undefined {
  const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', "await import('zookeeper')"], {
    cwd: root,
    timeout: 20_000,
  });
  return status === 0
    ? undefined
    : 'the npm package zookeeper has no binary for this Node (build it: npm rebuild zookeeper --ignore-scripts=false)';
}
