import { expect, test } from 'vitest';
import { buildExamples } from '../support/examples.ts';
import { run } from '../support/run.ts';

test('live-config: a valid change reaches all who run, and an invalid one is refused or kept out', { timeout: 120_000 }, async () => {
  await using built = await buildExamples();
  const { status, stdout, stderr } = await run(process.execPath, [built.program('live-config/start.js')]);
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^InvalidArgumentError: the new value of \/examples\/live-config\/greeting: .*maxNameLength: Too small/m);
  expect(stdout).toMatch(/^one goes on as before: .*text: must say where the \{name\} goes/m);
  expect(stdout).toMatch(/^nobody was restarted, and nobody ever saw an invalid value$/m);
});
