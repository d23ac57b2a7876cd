import { expect, test } from 'vitest';
import { standingsOf } from '../../../recipes/line/standing.ts';

const uuid = '2f8b6a0e-8d5b-4f0a-9a3e-0c1d2e3f4a5b';
const hex = '0123456789abcdef0123456789abcdef';

/** Each name, with those that it waits behind, in line order. */
function told(names: readonly string[]): readonly string[] {
  const nodes = names.map((name, index) => ({ name, czxid: BigInt(index) }));
  const standings = standingsOf(nodes);
  const behindOf = new Map<string, readonly string[]>();
  for (const { node, isShared, position, nearest } of standings) {
    // The nearest, and those that are in their way.
    const all = new Set(nearest.flatMap(({ name }) => [...(behindOf.get(name) ?? []), name]));
    const inOurWay = [...all].filter((name) => !isShared || !standings.some((other) => other.node.name === name && other.isShared));
    expect(position).toBe(inOurWay.length);
    behindOf.set(node.name, inOurWay);
  }
  return standings.map(({ node }) => `${node.name} < ${(behindOf.get(node.name) ?? []).join(' ')}`.trimEnd());
}

test('a mutex: the first holds, and the others wait for all before them, whatever library they are of', () => {
  const [curators, bare, gos, kazoos] = [
    `_c_${uuid}-lock-0000000001`,
    'lock-0000000002',
    `_c_${hex}-lock-0000000003`,
    `${hex}__lock__0000000004`,
  ];
  expect(told([kazoos, gos, bare, curators])).toEqual([
    `${curators} <`,
    `${bare} < ${curators}`,
    `${gos} < ${curators} ${bare}`,
    `${kazoos} < ${curators} ${bare} ${gos}`,
  ]);
});

test('a read-write lock: readers wait for writers alone, and writers for everybody', () => {
  expect(told(['__READ__0000000000', '__READ__0000000001', '__WRIT__0000000002', '__READ__0000000003'])).toEqual([
    '__READ__0000000000 <',
    '__READ__0000000001 <',
    '__WRIT__0000000002 < __READ__0000000000 __READ__0000000001',
    '__READ__0000000003 < __WRIT__0000000002',
  ]);
});

test('a read lock that a writer has taken on holds beside it, and its number is the writer’s', () => {
  expect(told(['__WRIT__0000000007', '__WRIT__0000000008', '__READ__0000000007'])).toEqual([
    '__WRIT__0000000007 <',
    '__READ__0000000007 <',
    '__WRIT__0000000008 < __WRIT__0000000007 __READ__0000000007',
  ]);
});

test("kazoo's readers let each other in", () => {
  expect(told([`${hex}__rlock__0000000000`, `${hex}__rlock__0000000001`]).every((line) => line.endsWith(' <'))).toBe(true);
});

test('strangers stand nowhere, and a latch is a line too', () => {
  expect(told(['0', 'config', 'latch-0000000001', 'lease-0000000000'])).toEqual(['latch-0000000001 <']);
});

test('where the numbers have run out, the order is that of the zxids', () => {
  expect(told(['lock-2147483647', 'lock--2147483648'])).toEqual(['lock-2147483647 <', 'lock--2147483648 < lock-2147483647']);
});
