import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { kazoo, needed, realServer } from '../support/real-server.ts';
import { run } from '../support/run.ts';

const script = fileURLToPath(new URL('kazoo_script.py', import.meta.url));

test('kazoo sees of the embedded server what it sees of a real one', { timeout: 130_000 }, async (context) => {
  const { python } = needed(context, kazoo());
  const real = needed(context, realServer());
  await using server = await startEmbeddedServer();
  const root = `/kazoo-${process.pid}`;
  const [seenOfEmbedded, seenOfReal] = await Promise.all([see(python, server.hosts, root), see(python, real.hosts, root)]);
  expect(seenOfEmbedded).toEqual(seenOfReal);
  // Two failures of one kind would be equal too.
  expect(seenOfReal).toContainEqual(['the order', ['first', 'second']]);
  expect(seenOfReal.at(-1)).toEqual(['clean up', null]);
  expect(server.sessions()).toEqual([]);
});

async function see(python: string, hosts: string, root: string): Promise<readonly unknown[]> {
  const { status, stdout, stderr } = await run(python, [script, hosts, root]);
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}
