import { expect, test } from 'vitest';
import { buildExamples } from '../support/examples.ts';
import { run } from '../support/run.ts';

test('leader-schedule: the leader is killed, and the next one goes on', { timeout: 120_000 }, async () => {
  await using built = await buildExamples();
  const { status, stdout, stderr } = await run(process.execPath, [built.program('leader-schedule/start.js')]);
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^kills (one|two|three), which leads/m);
  expect(stdout).toMatch(/^\d+ reports by \w+, then \w+: none left out, none made twice$/m);
});
