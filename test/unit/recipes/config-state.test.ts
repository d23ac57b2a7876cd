import { expect, test } from 'vitest';
import { advance, type ConfigState } from '../../../recipes/config/config-state.ts';
import { int32, type NodeData } from '../../../src/index.ts';
import { stat } from '../../support/stat.ts';

const path = '/config/n';
const unseen: ConfigState<number> = { valid: undefined, rejection: undefined, seen: undefined };

function node(data: readonly number[], mzxid: bigint): NodeData {
  return { data: Buffer.from(data), stat: stat({ mzxid }) };
}

const one = node([0, 0, 0, 1], 1n);
const again = node([0, 0, 0, 1], 2n);
const broken = node([9], 3n);
const two = node([0, 0, 0, 2], 4n);

/** What is told after each of these was seen: the value, and the name of the rejection's error. */
function told(seen: readonly (NodeData | null)[], absent?: number) {
  const document = { path, codec: int32, absent: absent === undefined ? undefined : Buffer.from(int32.encode(absent)) };
  let state = unseen;
  return seen.map((each) => {
    state = advance(state, each, document);
    return [state.valid?.value, state.rejection?.error.name];
  });
}

test.each<[string, readonly (NodeData | null)[], number | undefined, readonly unknown[]]>([
  ['valid values follow each other', [one, again, two], undefined, [[1], [1], [2]]],
  ['an invalid one is kept out', [one, broken, two], undefined, [[1], [1, 'MalformedDataError'], [2]]],
  ['an invalid one to begin with leaves nothing', [broken, two], undefined, [[undefined, 'MalformedDataError'], [2]]],
  ['what was read earlier, and comes later, changes nothing', [two, one, broken], undefined, [[2], [2], [2]]],
  ['defaults do not stand in for an invalid one', [broken], 7, [[undefined, 'MalformedDataError']]],
  ['one that is gone leaves the last value', [one, null, two], undefined, [[1], [1, 'NoNodeError'], [2]]],
  ['or the defaults', [null, one, null, broken], 7, [[7], [1], [7], [7, 'MalformedDataError']]],
  [
    'one that is gone is rejected no more than once',
    [null, null],
    undefined,
    [
      [undefined, 'NoNodeError'],
      [undefined, 'NoNodeError'],
    ],
  ],
])('%s', (_, seen, absent, expected) => {
  expect(told(seen, absent).map((each) => each.filter((part, index) => index === 0 || part !== undefined))).toEqual(expected);
});

test('what was seen already changes nothing, and the same bytes keep the same object', () => {
  const document = { path, codec: int32 };
  const state = advance(unseen, one, document);
  expect(advance(state, one, document)).toBe(state);
  expect(advance(state, again, document).valid).toEqual({ ...state.valid, stat: again.stat });
  const rejected = advance(state, broken, document);
  expect(advance(rejected, broken, document)).toBe(rejected);
  const gone = advance(state, null, document);
  expect(advance(gone, null, document)).toBe(gone);
});
