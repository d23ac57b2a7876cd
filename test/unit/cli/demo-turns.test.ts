import { expect, test } from 'vitest';
import { isGrowing, isWithoutInterleaving, marksIn, pictureOf, sequenceOf } from '../../../cli/demo/turns.ts';

const inTurns = ['begin a 1 5', 'end a 1 5', 'begin b 1 7', 'end b 1 7', 'begin a 2 9', 'end a 2 9'];

function check(lines: readonly string[]): boolean {
  return isWithoutInterleaving(marksIn(lines.map((line) => `${line}\n`).join('')));
}

test('turns one after the other are not interleaved', () => {
  expect(check(inTurns)).toBe(true);
});

test('any two neighbouring lines swapped, and any line lost or doubled, is noticed', () => {
  for (let at = 0; at < inTurns.length; at += 1) {
    const swapped = inTurns.toSpliced(at, 2, ...inTurns.slice(at, at + 2).toReversed());
    if (at + 1 < inTurns.length) expect(check(swapped), swapped.join()).toBe(false);
    const lost = inTurns.toSpliced(at, 1);
    expect(check(lost), lost.join()).toBe(false);
    const doubled = inTurns.toSpliced(at, 0, ...inTurns.slice(at, at + 1));
    expect(check(doubled), doubled.join()).toBe(false);
  }
});

test('an end of another worker, turn or token is noticed', () => {
  for (const end of ['end b 1 5', 'end a 2 5', 'end a 1 6']) expect(check(['begin a 1 5', end])).toBe(false);
});

test('a mangled line is an error', () => {
  for (const line of ['begin a 1', 'begin a 1 5end a 1 5', 'beg', 'begin  1 5']) expect(() => marksIn(`${line}\n`)).toThrow('mangled');
});

test('growing means: each larger than the one before', () => {
  expect(isGrowing([1n, 2n, 10n])).toBe(true);
  expect(isGrowing([])).toBe(true);
  expect(isGrowing([1n, 1n])).toBe(false);
  expect(isGrowing([2, 1])).toBe(false);
  expect(isGrowing([Number.NaN, 1])).toBe(false);
});

test('the place in line is the number at the end of the path', () => {
  expect(sequenceOf('/lock/_c_1-lock-0000000012')).toBe(12);
  expect(sequenceOf('')).toBeNaN();
});

test('the picture of a file shows interleaving', () => {
  const picture = (lines: readonly string[]) => pictureOf(marksIn(lines.join('\n')));
  const turns = ['begin worker-1 1 5', 'end worker-1 1 5', 'begin worker-2 1 7', 'end worker-2 1 7'];
  expect(picture(turns)).toBe('[1 1] [2 2]');
  expect(picture(turns.toSpliced(1, 2, ...turns.slice(1, 3).toReversed()))).toBe('[1 [2 1] 2]');
});
