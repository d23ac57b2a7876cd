import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWithin, joinPath, nameOf, parentOf, validatePath, validateSequentialPath } from '../../src/path.ts';

// The verdicts are those of ZooKeeper 3.8.0's PathUtils, which was run on these very paths.
const verdicts: readonly (readonly [path: string, plain: boolean, sequential: boolean])[] = [
  ['/', true, true],
  ['', false, false],
  ['a', false, false],
  ['a/b', false, false],
  [' /a', false, false],
  ['/a', true, true],
  ['/a/b', true, true],
  ['/a b', true, true],
  ['/a/', false, true],
  ['//', false, false],
  ['//a', false, false],
  ['/a//b', false, false],
  ['/a//', false, false],
  ['/.', false, true],
  ['/..', false, true],
  ['/...', true, true],
  ['/./a', false, false],
  ['/../a', false, false],
  ['/a/.', false, true],
  ['/a/..', false, true],
  ['/a/./b', false, false],
  ['/a/../b', false, false],
  ['/a/.../b', true, true],
  ['/a.', true, true],
  ['/a..', true, true],
  ['/.a', true, true],
  ['/..a', true, true],
  ['/a./b', true, true],
  ['/a/..b', true, true],
  ['/\u0000', false, false],
  ['/a\u0001', false, false],
  ['/a\u001fb', false, false],
  ['/a\u0020', true, true],
  ['/a\u007e', true, true],
  ['/a\u007f', false, false],
  ['/a\u009f', false, false],
  ['/a\u00a0', true, true],
  ['/é', true, true],
  ['/\ud7ff', true, true],
  ['/\ud800', false, false],
  ['/😀', false, false],
  ['/\ue000', false, false],
  ['/\uf8ff', false, false],
  ['/\uf900', true, true],
  ['/\uffef', true, true],
  ['/\ufff0', false, false],
  ['/\uffff', false, false],
];

describe('paths are valid where they are for ZooKeeper', () => {
  test.each(verdicts)('%j: plain %s, sequential %s', (path, plain, sequential) => {
    expect([isAccepted(validatePath, path), isAccepted(validateSequentialPath, path)]).toEqual([plain, sequential]);
  });

  test.each([undefined, null, 5, ['/a']])('%j is no path', (path) => {
    // A caller without types.
    const untyped = path as unknown as string;
    for (const validate of [validatePath, validateSequentialPath]) expect(() => validate(untyped)).toThrow('must be a string');
  });

  test('the error names the field, the path and the rule', () => {
    expect(() => validatePath('/a//b')).toThrow(`path: must not have an empty element ('//'); got "/a//b"`);
    expect(() => validatePath('a', 'mutex.path')).toThrow(`mutex.path: must start with '/'; got "a"`);
    expect(() => validatePath('/a/', 'p')).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field: 'p', value: '/a/' }));
    expect(() => validatePath('/a\u0007')).toThrow('got "/a\\u0007"');
  });
});

test.each([
  ['/a', 'b', '/a/b'],
  ['/a/', 'b', '/a/b'],
  ['/a', '/b', '/a/b'],
  ['/a', '/b/c/', '/a/b/c'],
  ['/', 'b', '/b'],
  ['/', '/b', '/b'],
  ['', '/b', '/b'],
  ['/a', '', '/a'],
  ['/a', '/', '/a'],
  ['/', '', '/'],
  ['/', '/', '/'],
  ['', '', '/'],
])('%j joined with %j is %j', (parent, child, joined) => {
  expect(joinPath(parent, child)).toBe(joined);
});

test.each([
  ['/a/b/c', '/a/b', 'c'],
  ['/a', '/', 'a'],
  ['/', '/', ''],
])('the parent of %j is %j, its name %j', (path, parent, name) => {
  expect([parentOf(path), nameOf(path)]).toEqual([parent, name]);
});

test('a path is its parent joined with its name', () => {
  const element = fc.string({ minLength: 1, maxLength: 5 }).filter((name) => !name.includes('/'));
  fc.assert(
    fc.property(fc.array(element, { minLength: 1, maxLength: 4 }), (elements) => {
      const path = `/${elements.join('/')}`;
      expect(joinPath(parentOf(path), nameOf(path))).toBe(path);
      expect(isWithin(path, parentOf(path))).toBe(true);
      expect(isWithin(parentOf(path), path)).toBe(false);
    }),
  );
});

test.each([
  ['/a', '/a', true],
  ['/a/b', '/a', true],
  ['/ab', '/a', false],
  ['/', '/a', false],
  ['/a', '/', true],
  ['/', '/', true],
])('%j is within %j: %s', (path, root, within) => {
  expect(isWithin(path, root)).toBe(within);
});

function isAccepted(validate: (path: string) => void, path: string): boolean {
  try {
    validate(path);
    return true;
  } catch {
    return false;
  }
}
