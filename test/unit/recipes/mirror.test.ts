import { expect, test } from 'vitest';
import { Mirror } from '../../../recipes/caches/mirror/mirror.ts';
import { Picture } from '../../../recipes/caches/mirror/picture.ts';
import { scopeOf } from '../../../recipes/caches/mirror/scope.ts';
import { type Stat, text } from '../../../src/index.ts';

const root = '/r';

function mirrorOf(options: { isToldOfAll?: boolean; maxDepth?: number; accept?: (path: string) => boolean } = {}): Mirror<string> {
  const { isToldOfAll = true, maxDepth = 9, accept = () => true } = options;
  return new Mirror(scopeOf(root, maxDepth, accept, isToldOfAll), text);
}

/** As a server would have it: each of the zxids stands for all that are not given. */
function finding(data: string, { czxid, mzxid = czxid, pzxid = czxid, numChildren = 0 }: Partial<Stat> & { czxid: bigint }) {
  const stat: Stat = {
    czxid,
    mzxid,
    pzxid,
    numChildren,
    ctime: 0n,
    mtime: 0n,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: 0n,
    dataLength: data.length,
  };
  return { stat, data: Buffer.from(data), refusal: undefined };
}

/** Answers all that is wanted, and what that leads to, as from a server with these znodes. Returns what was told, in short. */
function answer(mirror: Mirror<string>, znodes: Readonly<Record<string, ReturnType<typeof finding>>>): readonly string[] {
  const told: string[] = [];
  for (;;) {
    const [nodes, lists] = [mirror.nodes.take(1), mirror.lists.take(1)];
    if (nodes.length + lists.length === 0) return told;
    for (const want of nodes) told.push(...mirror.readNode(want, znodes[want.path]).map(({ type, path }) => `${type} ${path}`));
    for (const want of lists) {
      const children = Object.keys(znodes).filter(
        (path) => path.startsWith(`${want.path}/`) && !path.slice(want.path.length + 1).includes('/'),
      );
      const names = children.map((path) => path.slice(want.path.length + 1));
      told.push(...mirror.readList(want, names).map(({ type, path }) => `${type} ${path}`));
    }
  }
}

const tree = {
  '/r': finding('', { czxid: 1n, pzxid: 3n, numChildren: 2 }),
  '/r/a': finding('a', { czxid: 2n, pzxid: 4n, numChildren: 1 }),
  '/r/b': finding('b', { czxid: 3n }),
  '/r/a/x': finding('x', { czxid: 4n }),
};

function loaded(options: Parameters<typeof mirrorOf>[0] = {}): Mirror<string> {
  const mirror = mirrorOf(options);
  mirror.suspect([]);
  answer(mirror, tree);
  mirror.settled();
  return mirror;
}

test('it is whole when all has been read, and asks each znode once and each parent for its list once', () => {
  const mirror = mirrorOf();
  mirror.suspect([]);
  expect(mirror.isWhole).toBe(false);
  expect(answer(mirror, tree)).toEqual(['added /r', 'added /r/a', 'added /r/b', 'added /r/a/x']);
  expect(mirror.isWhole).toBe(true);
  mirror.settled();
  expect(mirror.completeTo).toBe(4n);
});

test('what is told to be gone is removed without a question, deepest first, and an answer under way does not bring it back', () => {
  const mirror = loaded();
  mirror.told({ type: 'changed', path: '/r/a' });
  const [want] = mirror.nodes.take(1);
  expect(mirror.told({ type: 'deleted', path: '/r/a' }).map(({ path }) => path)).toEqual(['/r/a/x', '/r/a']);
  expect(want && mirror.readNode(want, tree['/r/a'])).toEqual([]);
  expect(mirror.picture.get('/r/a')).toBeUndefined();
  expect(mirror.nodes.queued).toBe(0);
});

test('what is told to be gone and made anew is read once more: the answer under way may be of the old one', () => {
  const mirror = loaded();
  mirror.told({ type: 'changed', path: '/r/b' });
  const [old] = mirror.nodes.take(1);
  mirror.told({ type: 'deleted', path: '/r/b' });
  mirror.told({ type: 'created', path: '/r/b' });
  expect(old && mirror.readNode(old, finding('old', { czxid: 3n, mzxid: 9n }))).toEqual([]);
  expect(answer(mirror, { '/r/b': finding('new', { czxid: 10n }) })).toEqual(['added /r/b']);
});

test('what goes with its parent goes before it, however deep', () => {
  const mirror = mirrorOf();
  mirror.suspect([]);
  const chain = ['/r', '/r/a', '/r/a/b', '/r/a/b/c'];
  answer(mirror, Object.fromEntries(chain.map((path, at) => [path, finding('', { czxid: BigInt(at + 1), numChildren: 1 })])));
  expect(mirror.told({ type: 'deleted', path: '/r' }).map(({ path }) => path)).toEqual(chain.toReversed());
});

test('what is younger is told of after the removal of what was there before it, in whatever order they are read', () => {
  const mirror = loaded();
  mirror.suspect(['/r/a/x', '/r/a']);
  const anew = { ...tree, '/r/a': finding('a', { czxid: 10n, pzxid: 11n, numChildren: 1 }), '/r/a/x': finding('x', { czxid: 11n }) };
  expect(answer(mirror, anew)).toEqual(['removed /r/a/x', 'removed /r/a', 'added /r/a', 'added /r/a/x']);
});

test('a new child waits for a parent that is suspect only until that has been read', () => {
  const mirror = loaded();
  mirror.suspect(['/r/a']);
  const [, parent] = mirror.nodes.take(2);
  mirror.told({ type: 'created', path: '/r/a/y' });
  const child = finding('y', { czxid: 20n });
  const [want] = mirror.nodes.take(1);
  expect(want && mirror.readNode(want, child)).toEqual([]);
  expect(parent && mirror.readNode(parent, finding('a', { czxid: 2n, pzxid: 20n, numChildren: 2 }))).toEqual([]);
  const [again] = mirror.nodes.take(1);
  expect(again && mirror.readNode(again, child)).toMatchObject([{ type: 'added', path: '/r/a/y' }]);
});

test('a branch wider than a call takes arguments is walked', () => {
  const picture = new Picture<string>();
  const node = { ...finding('', { czxid: 1n }), value: '', error: undefined };
  for (let at = 0; at < 130_000; at += 1) picture.put({ ...node, path: `/r/n${at}` });
  expect(picture.pathsBelow('/r').length).toBe(130_000);
});

test('an answer that comes after an event is taken, and asked for once more', () => {
  const mirror = loaded();
  mirror.told({ type: 'changed', path: '/r/b' });
  const [want] = mirror.nodes.take(1);
  mirror.told({ type: 'changed', path: '/r/b' });
  mirror.told({ type: 'changed', path: '/r/b' });
  expect(want && mirror.readNode(want, finding('b2', { czxid: 3n, mzxid: 7n }))).toHaveLength(1);
  expect(mirror.nodes.take(9).map(({ path }) => path)).toEqual(['/r/b']);
});

test('an older answer is passed over, by mzxid and by czxid', () => {
  const mirror = loaded();
  mirror.told({ type: 'changed', path: '/r/b' });
  answer(mirror, { '/r/b': finding('new', { czxid: 3n, mzxid: 9n }) });
  mirror.told({ type: 'changed', path: '/r/b' });
  expect(answer(mirror, { '/r/b': finding('old', { czxid: 3n, mzxid: 8n }) })).toEqual([]);
  expect(mirror.picture.get('/r/b')?.value).toBe('new');
});

test('one that is another znode by now is removed and added, though its version is the same; what is younger below it stays', () => {
  const mirror = loaded();
  mirror.suspect(['/r/a']);
  const told = answer(mirror, {
    ...tree,
    '/r/a': finding('a', { czxid: 10n, pzxid: 11n, numChildren: 1 }),
    '/r/a/y': finding('y', { czxid: 11n }),
  });
  expect(told).toEqual(['removed /r/a/x', 'removed /r/a', 'added /r/a', 'added /r/a/x', 'added /r/a/y']);
});

test('of suspects, only the lists that have changed are read', () => {
  const mirror = loaded();
  mirror.suspect(Object.keys(tree));
  const lists: string[] = [];
  for (const want of mirror.nodes.take(9))
    mirror.readNode(want, want.path === '/r/a' ? finding('a', { czxid: 2n, pzxid: 8n, numChildren: 1 }) : tree[want.path as '/r']);
  for (const want of mirror.lists.take(9)) lists.push(want.path);
  expect(lists).toEqual(['/r/a']);
});

test('a znode that is told to be new is not asked for its children, one that was there before is', () => {
  const mirror = loaded();
  mirror.told({ type: 'created', path: '/r/new' });
  mirror.told({ type: 'changed', path: '/r/unknown' });
  for (const want of mirror.nodes.take(9)) mirror.readNode(want, finding('', { czxid: 20n, numChildren: 3 }));
  expect(mirror.lists.take(9).map(({ path }) => path)).toEqual(['/r/unknown']);
});

test('after a gap, what was wanted is wanted with its children, parents first', () => {
  const mirror = loaded();
  mirror.told({ type: 'created', path: '/r/n/m' });
  mirror.told({ type: 'created', path: '/r/n' });
  mirror.nodes.take(1);
  mirror.recall();
  expect(mirror.isWhole).toBe(false);
  expect(mirror.nodes.take(9)).toMatchObject([
    { path: '/r/n', withChildren: true },
    { path: '/r/n/m', withChildren: true },
  ]);
});

test('a znode waits for its parent', () => {
  const mirror = loaded();
  mirror.told({ type: 'created', path: '/r/n/m' });
  const there = { '/r/n': finding('n', { czxid: 30n, numChildren: 1 }), '/r/n/m': finding('m', { czxid: 31n }) };
  expect(answer(mirror, there)).toEqual(['added /r/n', 'added /r/n/m']);
});

test('nothing is wanted beyond the depth, of what is not accepted and of what is below that', () => {
  const mirror = mirrorOf({ maxDepth: 2, accept: (path) => path !== '/r/b' });
  for (const path of ['/r/a/x/deep', '/r/b', '/r/b/c', '/rest', '/r/a/x']) mirror.told({ type: 'created', path });
  expect(mirror.nodes.take(9).map(({ path }) => path)).toEqual(['/r/a/x']);
});

test('where only lists are told of, they are read, and what they lack is looked for', () => {
  const mirror = loaded({ isToldOfAll: false });
  mirror.told({ type: 'children', path: '/r' });
  const { '/r/b': _, ...rest } = tree;
  expect(answer(mirror, { ...rest, '/r/c': finding('c', { czxid: 40n }) })).toEqual(['added /r/c', 'removed /r/b']);
});

test('the zxid up to which all is known does not move while the picture is not whole', () => {
  const mirror = loaded();
  mirror.suspect(['/r/b']);
  const [first] = mirror.nodes.take(1);
  if (first !== undefined) mirror.readNode(first, { ...tree['/r'], stat: { ...tree['/r'].stat, mzxid: 50n } });
  expect([mirror.isWhole, mirror.completeTo]).toEqual([false, 4n]);
  answer(mirror, tree);
  expect(mirror.isWhole).toBe(true);
  mirror.settled();
  expect(mirror.completeTo).toBe(50n);
});
