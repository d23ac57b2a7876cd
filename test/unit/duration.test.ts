import { expect, test } from 'vitest';
import { parseDuration } from '../../src/duration.ts';

test.each([
  ['0s', 0],
  ['250ms', 250],
  ['5s', 5_000],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['1.5s', 1_500],
  ['0.25h', 900_000],
  ['1.005s', 1_005],
  ['0.0004ms', 0],
  ['007s', 7_000],
])('%s is %d ms', (text, milliseconds) => {
  expect(parseDuration(text, 'timeout')).toBe(milliseconds);
});

test.each([
  '',
  '5',
  's',
  '-5s',
  '+5s',
  '5 s',
  ' 5s',
  '5s\n',
  '5S',
  '5sec',
  '1d',
  '1e3s',
  '.5s',
  '5.s',
  '1.2.3s',
  '1h30m',
  'NaNs',
  'Infinitys',
  '٥s',
  `${'9'.repeat(400)}h`,
])('%j is no duration', (text) => {
  expect(() => parseDuration(text, 'timeout')).toThrow(
    expect.objectContaining({
      name: 'InvalidArgumentError',
      field: 'timeout',
      value: text,
      rule: 'must be a duration such as 250ms, 5s, 2m or 1h',
    }),
  );
});
