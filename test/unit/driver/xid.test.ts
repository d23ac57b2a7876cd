import { expect, test } from 'vitest';
import { nextXid } from '../../../src/driver/wire/xid.ts';

test('the first request is numbered 1, since servers never count number 0 as answered', () => {
  expect(nextXid(0)).toBe(1);
});

test('numbers go up by one and begin again at 1 before they would turn negative', () => {
  expect(nextXid(1)).toBe(2);
  expect(nextXid(2 ** 31 - 2)).toBe(2 ** 31 - 1);
  expect(nextXid(2 ** 31 - 1)).toBe(1);
});
