import { expect, test } from 'vitest';
import type { Call } from '../../../src/client/calls/call.ts';
import { deleteAll } from '../../../src/client/znodes/delete-all.ts';

test('a znode with more children than a call may have arguments is deleted, after all of them, a bounded number at once', async () => {
  const names = Array.from({ length: 150_000 }, (_, n) => `n${n}`);
  const deleted: string[] = [];
  let underWay = 0;
  let most = 0;
  const call = {
    maxPendingRequests: 100,
    async perform(name: string, { path }: { readonly path: string }) {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      if (name === 'getChildren') return { children: path === '/wide' ? names : [] };
      deleted.push(path);
      return {};
    },
  };
  await deleteAll(call as unknown as Call, '/wide');
  expect(deleted).toHaveLength(150_001);
  expect(deleted.at(-1)).toBe('/wide');
  expect(most).toBe(50);
});
