import { expect } from 'vitest';
import { openAcl } from '../../src/znode.ts';
import { contract, rejection } from './contract.ts';

contract('a transaction applies all of its operations, and answers each', async (world) => {
  const session = world.open();
  if (!session.driver.capabilities.multi) return;
  const path = world.path('t');
  await session.create(path);
  const { results } = await session.driver.perform('multi', {
    operations: [
      { op: 'check', path, version: 0 },
      { op: 'setData', path, data: Buffer.from('x'), version: 0 },
      { op: 'create', path: `${path}/c`, data: null, acl: openAcl, mode: 'persistent' },
      { op: 'create', path: `${path}/s-`, data: null, acl: openAcl, mode: 'ephemeral-sequential' },
      { op: 'delete', path: `${path}/c`, version: 0 },
    ],
  });
  expect(results).toMatchObject([
    { op: 'check' },
    { op: 'setData', stat: { version: 1 } },
    { op: 'create', path: `${path}/c` },
    { op: 'create', path: `${path}/s-0000000001` },
    { op: 'delete' },
  ]);
  expect((await session.getData(path)).data?.toString()).toBe('x');
});

contract('a transaction makes containers and znodes with a time to live too', async (world) => {
  const session = world.open();
  const { containers, multi, ttl } = session.driver.capabilities;
  if (!containers || !multi || !ttl) return;
  const { results } = await session.driver.perform('multi', {
    operations: [
      { op: 'create', path: world.path('c'), data: null, acl: openAcl, mode: 'container' },
      { op: 'create', path: world.path('t'), data: null, acl: openAcl, mode: 'persistent-with-ttl', ttlMs: 600_000 },
    ],
  });
  expect(results).toMatchObject([
    { op: 'create', path: world.path('c') },
    { op: 'create', path: world.path('t') },
  ]);
  expect(new Set((await session.getChildren(world.root)).children)).toEqual(new Set(['c', 't']));
});

contract('if one operation is refused none is applied, and the error says which and why', async (world) => {
  const session = world.open();
  if (!session.driver.capabilities.multi) return;
  const path = world.path('t');
  await session.create(path);
  const transaction = session.driver.perform('multi', {
    operations: [
      { op: 'create', path: `${path}/c`, data: null, acl: openAcl, mode: 'persistent' },
      { op: 'check', path, version: 7 },
      { op: 'delete', path: `${path}/nowhere`, version: -1 },
    ],
  });
  const error = await rejection(transaction);
  expect(error).toMatchObject({ name: 'TransactionFailedError', index: 1, outcome: 'refused', path });
  expect(error).toMatchObject({ cause: { name: 'BadVersionError', operation: 'check', path } });
  expect(await session.getChildren(path)).toEqual({ children: [] });
});

contract('an empty transaction is one', async (world) => {
  const session = world.open();
  if (!session.driver.capabilities.multi) return;
  expect(await session.driver.perform('multi', { operations: [] })).toEqual({ results: [] });
});

contract('a large transaction comes back whole', async (world) => {
  const session = world.open();
  if (!session.driver.capabilities.multi) return;
  const paths = Array.from({ length: 1_000 }, (_, index) => world.path(`n${index}`));
  const { results } = await session.driver.perform('multi', {
    operations: paths.map((path) => ({ op: 'create', path, data: Buffer.alloc(100), acl: openAcl, mode: 'persistent' })),
  });
  expect(results.map((result) => (result.op === 'create' ? result.path : result.op))).toEqual(paths);
  await session.driver.perform('multi', { operations: paths.map((path) => ({ op: 'delete', path, version: -1 })) });
});

contract('several reads are answered at once, each on its own', async (world) => {
  const session = world.open();
  if (!session.driver.capabilities.multi) return;
  await session.create(world.path('a'), { data: Buffer.from('x') });
  const { results } = await session.driver.perform('multiRead', {
    reads: [
      { op: 'getData', path: world.path('a') },
      { op: 'getChildren', path: world.root },
      { op: 'getData', path: world.path('missing') },
    ],
  });
  expect(results).toMatchObject([
    { op: 'getData', data: Buffer.from('x'), stat: { version: 0 } },
    { op: 'getChildren', children: ['a'] },
    { op: 'refused', code: 'NONODE' },
  ]);
});
