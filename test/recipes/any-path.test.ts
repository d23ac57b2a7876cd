import { describe, expect, test } from 'vitest';
import { onEveryServer } from '../support/servers.ts';
import { uses } from '../support/uses.ts';

onEveryServer('every recipe, whatever its path', (connected) => {
  describe.each(Object.entries(uses))('%s', (name, use) => {
    test('at the root of a namespace', async () => {
      const client = await connected();
      await use(client.usingNamespace(`root-${name.replaceAll(' ', '-')}`), '/');
    });

    test('at one path in two namespaces at a time, which see nothing of each other', async () => {
      const client = await connected();
      const names = ['left', 'right'];
      await Promise.all(names.map((side) => use(client.usingNamespace(side), '/shared')));
      expect((await client.children('/')).filter((child) => !names.includes(child))).toEqual([]);
    });
  });
});
