import { expect, test } from 'vitest';
import { runExample } from '../support/examples.ts';

test('leader-schedule: the leader is killed, and the next one goes on', { timeout: 120_000 }, async () => {
  const { status, stdout, stderr } = await runExample('leader-schedule');
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^kills (one|two|three), which leads/m);
  expect(stdout).toMatch(/^\d+ reports by \w+, then \w+: none left out, none made twice$/m);
});
