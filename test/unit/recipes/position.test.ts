import { expect, test } from 'vitest';
import { advance, endOf, expired, numberOf, type Position } from '../../../recipes/topics/position.ts';
import { stat } from '../../support/stat.ts';

const uuid = '0123abcd-0123-4567-89ab-0123456789ab';

function message(number: number): string {
  const digits = number < 0 ? `-${String(-number).padStart(9, '0')}` : String(number).padStart(10, '0');
  return `_c_${uuid}-message-${digits}`;
}

/** Numbers that are read, and gaps as text. */
function told(position: Position, ...lists: readonly (readonly number[])[]): unknown {
  let at = position;
  return lists.map((numbers) => {
    const { position: next, steps } = advance(at, numbers.map(message));
    at = next;
    return steps.map((step) => (step.type === 'read' ? step.entry.number : `gap of ${step.missed}`));
  });
}

function at(next: number, known: readonly number[] = []): Position {
  return { known: new Set(known.map(message)), next };
}

test.each<[string, Position, readonly (readonly number[])[], unknown]>([
  ['nothing new', at(3, [1, 2]), [[1, 2], [2], []], [[], [], []]],
  ['one after the other', at(0), [[0], [0, 1], [1, 2]], [[0], [1], [2]]],
  ['several, in their order however they are listed', at(2, [1]), [[4, 2, 1, 3]], [[2, 3, 4]]],
  ['some that went before they were seen', at(3, [2]), [[6, 5]], [['gap of 2', 5, 6]]],
  ['one in the middle that went', at(0), [[0, 2]], [[0, 'gap of 1', 2]]],
  ['all gone, then the next', at(3, [2]), [[], [5]], [[], ['gap of 2', 5]]],
  ['a topic made anew', at(7, [6]), [[], [0], [0, 1]], [[], ['gap of undefined', 0], [1]]],
  ['a topic made anew, unseen', at(7, [5, 6]), [[0, 1]], [['gap of undefined', 0, 1]]],
])('%s', (_, position, lists, expected) => {
  expect(told(position, ...lists)).toEqual(expected);
});

test('whoever comes stands behind all that have been, gone or not', () => {
  expect(endOf(undefined)).toEqual({ known: new Set(), next: 0 });
  // Seven were made, five of which are gone.
  const children = [message(5), message(6)];
  expect(endOf({ children, stat: stat({ cversion: 7 * 2 - 2, numChildren: 2 }) })).toEqual({ known: new Set(children), next: 7 });
  expect(endOf({ children: [], stat: stat({ cversion: 14 }) }).next).toBe(7);
  // Once there have been a billion, it wraps around.
  const many = 1_500_000_000;
  expect(endOf({ children: [], stat: stat({ cversion: (many * 2) | 0 }) }).next).toBe(many);
});

test('a name tells its number, protected or not; strangers are passed over', () => {
  expect(numberOf(`/topic/${message(7)}`)).toBe(7);
  const names = [message(1), 'message-0000000000', 'notes', `${message(2)}x`, 'x-message-0000000003'];
  expect(advance(at(0), names).steps.map((step) => step.type === 'read' && step.entry.name)).toEqual([names[1], names[0]]);
});

test('the oldest go, beyond those to keep', () => {
  const names = [3, 1, 2].map(message);
  expect(expired(names, 2).map(({ number }) => number)).toEqual([1]);
  expect(expired([...names, 'notes'], 3)).toEqual([]);
});
