import { expect, test } from 'vitest';
import { runExample } from '../support/examples.ts';

test('guarded-section: two instances withdraw in turn, and one that lost the lock while it was stopped is refused', {
  timeout: 120_000,
}, async () => {
  const { status, stdout, stderr } = await runExample('guarded-section');
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^40 withdrawals of 1 from 100 by two instances at the same time: 60 are left$/m);
  expect(stdout).toMatch(/^one goes on, and the account refuses it: 409 .*StaleTokenError: token \d+ came after \d+, which is newer/m);
  expect(stdout).toMatch(/^55 are left$/m);
});
