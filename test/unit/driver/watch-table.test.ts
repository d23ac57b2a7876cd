import { expect, test } from 'vitest';
import type { WatchEventType } from '../../../src/driver/driver.ts';
import { type WatchKind, WatchTable } from '../../../src/driver/wire/watch-table.ts';

const watchKinds = ['data', 'exist', 'child', 'persistent', 'persistent-recursive'] as const satisfies readonly WatchKind[];

function tableWith(...kinds: readonly WatchKind[]): WatchTable {
  const table = new WatchTable();
  for (const kind of kinds) table.add(kind, '/a');
  return table;
}

const kept = (table: WatchTable) => watchKinds.filter((kind) => table.has(kind, '/a'));

const oneShots = ['data', 'exist', 'child'] as const;

test.each<[WatchEventType, readonly WatchKind[]]>([
  ['created', ['child', 'persistent']],
  ['changed', ['child', 'persistent']],
  ['deleted', ['persistent']],
  ['children', ['data', 'exist', 'persistent']],
])('after "%s", %j are left', (type, left) => {
  const table = tableWith(...oneShots, 'persistent');
  table.fired(type, '/a');
  expect(kept(table)).toEqual(left);
});

test('an event at one path leaves the watches of others alone', () => {
  const table = tableWith(...oneShots);
  table.fired('deleted', '/a/b');
  expect(kept(table)).toEqual(oneShots);
});

test.each<['children' | 'data' | 'any', readonly WatchKind[]]>([
  ['children', ['data', 'exist', 'persistent-recursive']],
  ['data', ['child', 'persistent-recursive']],
  ['any', []],
])('removing "%s" leaves %j', (type, left) => {
  const table = tableWith(...oneShots, 'persistent-recursive');
  table.removed(type, '/a');
  expect(kept(table)).toEqual(left);
});

test('a path has one persistent watch: the later mode replaces the earlier', () => {
  expect(kept(tableWith('persistent', 'persistent-recursive'))).toEqual(['persistent-recursive']);
  expect(kept(tableWith('persistent-recursive', 'persistent'))).toEqual(['persistent']);
});

test('an empty table has nothing to set again', () => {
  expect([...new WatchTable().setAgain(7n, 1_000)]).toEqual([]);
});

test('everything is set again, each kind in its place, from the zxid given', () => {
  const table = new WatchTable();
  watchKinds.forEach((kind, index) => {
    table.add(kind, `/${index}`);
  });
  expect([...table.setAgain(7n, 1_000)]).toEqual([
    {
      relativeZxid: 7n,
      dataWatches: ['/0'],
      existWatches: ['/1'],
      childWatches: ['/2'],
      persistentWatches: ['/3'],
      persistentRecursiveWatches: ['/4'],
    },
  ]);
});

test('many watches are set again in several packets, none above the limit and none lost', () => {
  const table = new WatchTable();
  for (let index = 0; index < 100; index += 1) table.add(index % 2 === 0 ? 'data' : 'child', `/some-node-${index}-é`);
  const requests = [...table.setAgain(7n, 300)];
  const sizes = requests.map(({ dataWatches, childWatches }) =>
    [...dataWatches, ...childWatches].reduce((sum, path) => sum + 4 + Buffer.byteLength(path), 36),
  );
  expect(requests.length).toBeGreaterThan(5);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(300);
  expect(requests.flatMap(({ dataWatches, childWatches }) => [...dataWatches, ...childWatches])).toHaveLength(100);
});

test('a path longer than the limit goes alone', () => {
  const table = new WatchTable();
  table.add('data', '/short');
  table.add('data', `/${'x'.repeat(500)}`);
  table.add('data', '/also-short');
  expect([...table.setAgain(7n, 100)].map(({ dataWatches }) => dataWatches.length)).toEqual([1, 1, 1]);
});
