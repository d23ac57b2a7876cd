import { expect, test } from 'vitest';
import { Snapshot } from '../../../recipes/documents/document.ts';
import { archivingOf, oldVersions } from '../../../recipes/documents/history.ts';
import { writesOf } from '../../../recipes/documents/writes.ts';
import { openAcl, readAcl, text } from '../../../src/index.ts';
import { stat } from '../../support/stat.ts';

const mtime = BigInt(Date.UTC(2026, 10, 21, 14, 38, 25, 123));
const replaced = { data: Buffer.from('old'), stat: stat({ mzxid: 0x1000004d2n, version: 7, mtime }) };
const name = '00000001000004d2-v7-2026-11-21T14:38:25.123Z';
const older = ['000000000000000a-v3-2026-01-01T00:00:00.000Z', '0000000000000009-v12-2026-01-02T00:00:00.000Z'] as const;
const oldest = older[1];

test("a version's name tells when it was written, by zxid and by time", () => {
  const [archiving] = archivingOf({ path: '/h', keep: 1 }, { names: [], acl: openAcl }, replaced);
  expect(archiving?.path).toBe(`/h/${name}`);
  expect(oldVersions([name])).toEqual([{ name, zxid: 0x1000004d2n, version: 7, time: new Date(Number(mtime)) }]);
});

test('versions are in the order of their zxids, and strangers are passed over', () => {
  const versions = oldVersions([name, 'notes', ...older, `${name}x`, 'v7']);
  expect(versions.map(({ zxid }) => zxid)).toEqual([9n, 10n, 0x1000004d2n]);
});

test.each([
  ['room for it', [], 3, [`create ${name}`]],
  ['room for it beside others', older, 3, [`create ${name}`]],
  ['no room: the oldest goes', older, 2, [`create ${name}`, `delete ${oldest}`]],
  ['room for one alone', [...older, 'notes'], 1, [`create ${name}`, `delete ${oldest}`, `delete ${older[0]}`]],
  ['it is there already', [name, ...older], 2, [`delete ${oldest}`]],
])('archiving with %s', (_, names, keep, expected) => {
  const operations = archivingOf({ path: '/h', keep }, { names, acl: readAcl }, replaced);
  expect(operations.map(({ op, path }) => `${op} ${path.slice('/h/'.length)}`)).toEqual(expected);
  for (const operation of operations) if (operation.op === 'create') expect(operation).toMatchObject({ data: replaced.data, acl: readAcl });
});

test('what has to be written, with what has to stay as it was', () => {
  const document = { path: '/a', codec: text };
  const history = { path: '/h', keep: 1 };
  const there = new Snapshot(document, replaced, undefined);
  const kept = new Snapshot({ ...document, path: '/b', history }, replaced, { names: [], acl: openAcl });
  const missing = new Snapshot({ ...document, path: '/c' }, undefined, undefined);
  const same = Buffer.from('old');
  const other = Buffer.from('new');
  expect(writesOf([{ before: there, data: same }])).toEqual([]);
  expect(writesOf([{ before: there, data: other }])).toEqual([{ op: 'set', path: '/a', data: other, version: 7 }]);
  expect(writesOf([{ before: kept, data: other }]).map(({ op }) => op)).toEqual(['set', 'create']);
  expect(writesOf([there, missing].map((before) => ({ before, data: same })))).toEqual([
    { op: 'check', path: '/a', version: 7 },
    { op: 'create', path: '/c', data: same },
  ]);
});
