import { expect, test } from 'vitest';
import { runExample } from '../support/examples.ts';

test('work-queue: a worker is killed, an order is poison, and every order is accounted for', { timeout: 120_000 }, async () => {
  const { status, stdout, stderr } = await runExample('work-queue');
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^kills (one|two|three) in the middle of bob-30/m);
  expect(stdout.match(/^dead letter .*: nobody can make thirteen pieces$/gm)).toHaveLength(2);
  expect(stdout).toMatch(/^none is lost, and none was finished twice that the killed worker had not begun$/m);
});
