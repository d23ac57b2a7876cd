import { expect, test } from 'vitest';
import { runExample } from '../support/examples.ts';

test('discovery: a caller balances, sees one end gracefully and come back, and leaves out one that was killed', {
  timeout: 120_000,
}, async () => {
  const { status, stdout, stderr } = await runExample('discovery');
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^20 calls: 10 answered by one, 10 by two$/m);
  expect(stdout).toMatch(/^one ends gracefully: .* 0 calls have failed$/m);
  expect(stdout).toMatch(/^one is started again: one answers$/m);
  expect(stdout).toMatch(/^two is killed: [12] calls failed/m);
});
