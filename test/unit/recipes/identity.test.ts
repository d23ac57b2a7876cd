import fc from 'fast-check';
import { expect, test } from 'vitest';
import { identityData, identityOf } from '../../../recipes/line/identity.ts';

test('any identity reads back, with the number of its owner', () => {
  const owner = {};
  const { ownerNumber } = identityOf(Buffer.from(identityData('a', owner)));
  expect(ownerNumber).toBeTypeOf('number');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (id) => {
      expect(identityOf(Buffer.from(identityData(id, owner)))).toEqual({ id, ownerNumber });
    }),
  );
});

test('owners have numbers of their own', () => {
  const numbers = Array.from({ length: 10 }, () => identityOf(Buffer.from(identityData('a', {}))).ownerNumber);
  expect(new Set(numbers).size).toBe(10);
});

test.each(['', '10.0.0.5', 'host:17', 'a#', 'a#b', '#-1'])('%j, of another library, is all identity', (id) => {
  expect(identityOf(Buffer.from(id))).toEqual({ id, ownerNumber: undefined });
});

test('data that is no text is told as well as it can be', () => {
  expect(identityOf(Buffer.from([0xff, 0x00]))).toEqual({ id: '\ufffd\0', ownerNumber: undefined });
});
