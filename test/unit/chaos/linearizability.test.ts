import { expect, test } from 'vitest';
import { anomaliesOf } from '../../chaos/linearizability.ts';
import type { RegisterOperation } from '../../chaos/protocol.ts';

test('operations in order are right, and so are concurrent ones in any order', () => {
  expect(
    anomaliesOf([
      read(0, 'initial', 0, 1),
      write(1, 'a', 2, 10),
      // Both while the write was under way.
      read(1, 'a', 3, 4),
      read(0, 'initial', 2, 9),
      read(1, 'a', 11, 12),
    ]),
  ).toEqual([]);
});

test('a write of unknown outcome may have taken effect, or not', () => {
  expect(anomaliesOf([begun(1, 'a', 0), read(0, 'initial', 2, 3)])).toEqual([]);
  expect(anomaliesOf([begun(1, 'a', 0), read(1, 'a', 2, 3)])).toEqual([]);
});

const anomalies: Readonly<Record<string, readonly RegisterOperation[]>> = {
  'a stale read': [write(1, 'a', 0, 1), read(0, 'initial', 2, 3)],
  'a read that goes back behind another': [write(1, 'a', 0, 9), read(1, 'a', 1, 2), read(0, 'initial', 3, 4)],
  'a lost write': [write(1, 'a', 0, 1), write(1, 'b', 2, 3)],
  'two writes of one version': [write(1, 'a', 0, 9), write(1, 'b', 0, 9)],
  'two values of one version': [read(0, 'initial', 0, 1), read(0, 'other', 0, 1)],
  'a value that nobody wrote': [read(1, 'x', 0, 1)],
  'a write that took effect twice': [write(1, 'a', 0, 1), read(2, 'a', 2, 3)],
  'a refused write that took effect': [begun(1, 'a', 0), { ...write(1, 'a', 0, 1), outcome: 'refused' }, read(1, 'a', 2, 3)],
  'a value read before it was written': [read(1, 'a', 0, 1), write(1, 'a', 2, 3)],
};

test.each(Object.entries(anomalies))('%s is found', (_, history) => {
  expect(anomaliesOf(history)).not.toEqual([]);
});

function read(version: number, value: string, start: number, end: number): RegisterOperation {
  return { kind: 'read', outcome: 'ok', version, value, startNs: BigInt(start), endNs: BigInt(end) };
}

function write(version: number, value: string, start: number, end: number): RegisterOperation {
  return { ...read(version, value, start, end), kind: 'write' };
}

function begun(version: number, value: string, at: number): RegisterOperation {
  return { ...write(version, value, at, at), outcome: 'begun' };
}
