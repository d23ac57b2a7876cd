import { expect, test } from 'vitest';
import { operations } from '../../src/protocol/operations.ts';
import { readFrames } from './frames.ts';

// ZooKeeper's own clients send it only as part of a multi, and there it is proved.
const onlyWithinMulti = ['check request', 'check reply'];

const frames = ['java-client.hex', 'java-reconfig.hex', 'java-sasl.hex', 'kazoo.hex'].flatMap((file) => readFrames(file));

test('every operation has been seen from outside, in both directions', () => {
  const seen = new Set(frames.map(({ name }) => name.replace(/,.*/, '')));
  const wanted = Object.keys(operations).flatMap((name) => [`${name} request`, `${name} reply`]);
  expect(wanted.filter((name) => !seen.has(name))).toEqual(onlyWithinMulti);
});

test('every golden frame says who sent it', () => {
  const origins = frames.map(({ origin }) => origin);
  expect(
    origins.filter((origin) => !/^(Java client 3\.8\.0|Java admin client 3\.8\.0|kazoo 2\.8|ZooKeeper 3\.8\.0): ./.test(origin)),
  ).toEqual([]);
});
