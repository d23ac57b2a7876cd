import { expect, test } from 'vitest';
import { runExample } from '../support/examples.ts';

test('live-config: a valid change reaches all who run, and an invalid one is refused or kept out', { timeout: 120_000 }, async () => {
  const { status, stdout, stderr } = await runExample('live-config');
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^InvalidArgumentError: the new value of \/examples\/live-config\/greeting: .*maxNameLength: Too small/m);
  expect(stdout).toMatch(/^one goes on as before: .*text: must say where the \{name\} goes/m);
  expect(stdout).toMatch(/^nobody was restarted, and nobody ever saw an invalid value$/m);
});
