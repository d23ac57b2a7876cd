import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JuteReader } from '../../../src/protocol/jute.ts';
import { decode, int, long, record } from '../../../src/protocol/record.ts';
import { statRecord } from '../../../src/protocol/stat.ts';
import { encode } from '../../support/encode.ts';
import { stats } from './arbitraries.ts';

// The 68 bytes of `org.apache.zookeeper.data.Stat`.
const declaredStat = record('Stat', {
  czxid: long,
  mzxid: long,
  ctime: long,
  mtime: long,
  version: int,
  cversion: int,
  aversion: int,
  ephemeralOwner: long,
  dataLength: int,
  numChildren: int,
  pzxid: long,
});

test('the stat written by hand does what the declared one does', () => {
  fc.assert(
    fc.property(stats, fc.uint8Array({ maxLength: 8 }), (stat, after) => {
      const bytes = encode(declaredStat, stat);
      expect(encode(statRecord, stat).equals(bytes)).toBe(true);
      expect(decode(statRecord, bytes)).toEqual(decode(declaredStat, bytes));

      const input = new JuteReader(Buffer.concat([bytes, after]));
      statRecord.read(input);
      expect(input.left).toBe(after.length);
    }),
  );
});

test('both name the same field of every truncation', () => {
  fc.assert(
    fc.property(stats, (stat) => {
      const bytes = encode(declaredStat, stat);
      const told = (codec: typeof statRecord) =>
        Array.from(bytes.keys(), (length) => problemOf(() => decode(codec, bytes.subarray(0, length))));
      expect(told(statRecord)).toEqual(told(declaredStat));
      expect(new Set(told(statRecord).map((message) => message.split(':')[0])).size).toBe(Object.keys(stat).length);
    }),
    { numRuns: 5 },
  );
});

function problemOf(read: () => unknown): string {
  try {
    read();
    return 'none';
  } catch (error) {
    return error instanceof Error ? error.message : 'not an error';
  }
}
