import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { accountFor } from '../chaos/queue/account.ts';
import { run } from '../support/run.ts';

// `npm run chaos:queue` does the same with 100,000 items on a real server.

const project = fileURLToPath(new URL('../..', import.meta.url));
const crew = { items: 2_000, producers: 2, consumers: 3, killEvery: 1_000, seed: 11 };

let folder: string;

/** Compiled, since processes that are killed all the time should begin fast. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docent-queue-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
  const compiler = join(project, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [compiler, '-p', join(project, 'test/chaos'), '--noCheck', '--outDir', join(folder, 'dist')]);
}, 120_000);

afterAll(() => rm(folder, { recursive: true }));

const program = () => pathToFileURL(join(folder, 'dist/test/chaos/queue/worker.js'));

test('of items put at least once none is lost, and none handled twice but what killed consumers had in hand', {
  timeout: 120_000,
}, async () => {
  await using server = await startEmbeddedServer();
  const ledger = await accountFor({ ...crew, program: program(), hosts: server.hosts, safety: 'at-least-once' });
  expect(ledger.problems).toEqual([]);
  expect(ledger.acknowledged).toBeGreaterThanOrEqual(crew.items);
  expect(ledger.kills).toBeGreaterThan(1);
});

test('at most once none is handled twice, and none lost but what killed consumers had in hand', { timeout: 120_000 }, async () => {
  await using server = await startEmbeddedServer();
  const ledger = await accountFor({ ...crew, program: program(), hosts: server.hosts, safety: 'at-most-once' });
  expect(ledger.problems).toEqual([]);
  expect(ledger.duplicates).toBe(0);
  // What one takes ahead at most, and what its handlers are at.
  expect(ledger.lost.length).toBeLessThanOrEqual(ledger.kills * (100 + 10));
});
