import { expect, test } from 'vitest';
import { PerZnode } from '../../../../recipes/common/per-znode.ts';

const scope = {};

test('all users of one znode share one value', () => {
  const registry = new PerZnode<object>();
  using one = registry.share({ scope, path: '/a' }, () => ({}));
  using other = registry.share({ scope, path: '/a' }, () => ({}));
  expect(other.value).toBe(one.value);
  expect(registry.get({ scope, path: '/a' })).toBe(one.value);
});

test('another path and another scope have a value of their own', () => {
  const registry = new PerZnode<object>();
  using one = registry.share({ scope, path: '/a' }, () => ({}));
  using elsewhere = registry.share({ scope, path: '/b' }, () => ({}));
  using another = registry.share({ scope: {}, path: '/a' }, () => ({}));
  expect(new Set([one.value, elsewhere.value, another.value]).size).toBe(3);
});

test('a value is forgotten after its last user, however often one of them disposes', () => {
  const registry = new PerZnode<object>();
  const one = registry.share({ scope, path: '/a' }, () => ({}));
  const other = registry.share({ scope, path: '/a' }, () => ({}));
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  expect(registry.get({ scope, path: '/a' })).toBe(other.value);
  other[Symbol.dispose]();
  expect(registry.get({ scope, path: '/a' })).toBeUndefined();
  using next = registry.share({ scope, path: '/a' }, () => ({}));
  expect(next.value).not.toBe(one.value);
});

test('as many idle values are kept as the limit says, those used last', () => {
  const registry = new PerZnode<object>(2);
  const use = (path: string) => {
    using share = registry.share({ scope, path }, () => ({}));
    return share.value;
  };
  const [a, b] = [use('/a'), use('/b')];
  expect(use('/a')).toBe(a);
  use('/c');
  expect(use('/a')).toBe(a);
  expect(use('/b')).not.toBe(b);
});
