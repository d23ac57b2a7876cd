import { expect, test } from 'vitest';
import { columns, dataJson, hex, printable, statJson, statText, time } from '../../../cli/format.ts';
import type { Stat } from '../../../src/index.ts';

const stat: Stat = {
  czxid: 0x7fff_ffff_ffff_ffffn,
  mzxid: 2n,
  ctime: 1_700_000_000_123n,
  mtime: 0n,
  version: 3,
  cversion: -4,
  aversion: 5,
  ephemeralOwner: -1n,
  dataLength: 6,
  numChildren: 7,
  pzxid: 8n,
};

test('a stat as text has all eleven fields, one a line', () => {
  const fields = statText(stat)
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ +/));
  expect(Object.fromEntries(fields)).toEqual({
    czxid: '0x7fffffffffffffff',
    mzxid: '0x2',
    ctime: '2023-11-14T22:13:20Z',
    mtime: '1970-01-01T00:00:00Z',
    version: '3',
    cversion: '-4',
    aversion: '5',
    ephemeralOwner: '0xffffffffffffffff',
    dataLength: '6',
    numChildren: '7',
    pzxid: '0x8',
  });
});

test('a stat as JSON loses no digit', () => {
  expect(JSON.parse(JSON.stringify(statJson(stat)))).toEqual({
    czxid: '9223372036854775807',
    mzxid: '2',
    ctime: 1_700_000_000_123,
    mtime: 0,
    version: 3,
    cversion: -4,
    aversion: 5,
    ephemeralOwner: '0xffffffffffffffff',
    dataLength: 6,
    numChildren: 7,
    pzxid: '8',
  });
});

test('data is text where it is UTF-8, else base64', () => {
  expect(dataJson(Buffer.from('é\n'))).toEqual({ data: 'é\n', encoding: 'utf8' });
  expect(dataJson(Buffer.from([]))).toEqual({ data: '', encoding: 'utf8' });
  expect(dataJson(Buffer.from([0xff, 0xfe]))).toEqual({ data: '//4=', encoding: 'base64' });
});

test('no control character of others reaches the terminal', () => {
  expect(printable('host\u001b[2J\u009b\n:1 é')).toBe('host\\x1b[2J\\x9b\\x0a:1 é');
});

test('columns are as wide as their widest cell', () => {
  expect(
    columns([
      ['a', 'bb'],
      ['ccc', 'd'],
    ]),
  ).toBe('a    bb\nccc  d\n');
  expect(columns([])).toBe('');
});

test('columns keep what is in them, blanks at the end too', () => {
  expect(columns([['trailing '], ['no-break\u00a0'], ['wide\u3000'], ['']])).toBe('trailing \nno-break\u00a0\nwide\u3000\n\n');
  expect(
    columns([
      ['a', 'name '],
      ['bbb', ''],
    ]),
  ).toBe('a    name \nbbb\n');
});

test('what is no time is shown as it is', () => {
  expect([time(1.7e18), time(Number.NaN)]).toEqual(['1700000000000000000 ms', 'NaN ms']);
  expect(time(8.64e15)).toMatch(/Z$/);
});

test('ids are shown unsigned, times in UTC', () => {
  expect(hex(255n)).toBe('0xff');
  expect(time(951_782_399_999)).toBe('2000-02-28T23:59:59Z');
});
