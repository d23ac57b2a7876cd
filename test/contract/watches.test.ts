import { expect } from 'vitest';
import { contract, rejection } from './contract.ts';

contract('a data watch tells of one change, and then no more', async (world) => {
  const session = world.open();
  const path = world.path('a');
  await session.create(path);
  await session.getData(path, true);
  await session.setData(path, 'one');
  await session.setData(path, 'two');
  await session.settled();
  expect(session.events).toEqual([`changed ${path}`]);
});

contract('a watch that is set twice tells once', async (world) => {
  const session = world.open();
  await session.getData(world.root, true);
  await session.exists(world.root, true);
  await session.setData(world.root, 'x');
  await session.settled();
  expect(session.events).toEqual([`changed ${world.root}`]);
});

contract('a watch on a missing znode tells of its creation; reading a missing znode leaves none', async (world) => {
  const session = world.open();
  await session.exists(world.path('a'), true);
  expect(await rejection(session.getData(world.path('b'), true))).toMatchObject({ name: 'NoNodeError' });
  expect(await rejection(session.getChildren(world.path('c'), true))).toMatchObject({ name: 'NoNodeError' });
  await Promise.all(['a', 'b', 'c'].map((name) => session.create(world.path(name))));
  await session.settled();
  expect(session.events).toEqual([`created ${world.path('a')}`]);
});

contract('a child watch tells of children that come or go, not of their data', async (world) => {
  const session = world.open();
  await session.create(world.path('a'));
  await session.getChildren(world.root, true);
  await session.setData(world.path('a'), 'x');
  await session.settled();
  expect(session.events).toEqual([]);
  await session.delete(world.path('a'));
  await session.settled();
  expect(session.events).toEqual([`children ${world.root}`]);
});

contract('the deletion of a znode is told to whoever watches its data or its children', async (world) => {
  const session = world.open();
  const path = world.path('a');
  await session.create(path);
  await session.getData(path, true);
  await session.driver.perform('getChildren2', { path, watch: true });
  await session.delete(path);
  await session.settled();
  expect(new Set(session.events)).toEqual(new Set([`deleted ${path}`]));
});

contract('what another session does is told before a read can show it', async (world) => {
  const session = world.open();
  const other = world.open();
  const path = world.path('a');
  await session.create(path);
  for (let round = 0; round < 50; round += 1) {
    await session.getData(path, true);
    const change = other.setData(path, `${round}`);
    const { data } = await session.getData(path);
    if (data?.toString() === `${round}`) expect(session.events).toHaveLength(round + 1);
    await change;
    await session.settled();
    expect(session.events).toHaveLength(round + 1);
  }
});

contract('a persistent watch tells of every change at its znode, and of its children', async (world) => {
  const session = world.open();
  if (!session.driver.capabilities.persistentWatches) return;
  const path = world.path('a');
  await session.driver.perform('addWatch', { path, mode: 'persistent' });
  await session.create(path);
  await session.setData(path, 'one');
  await session.setData(path, 'two');
  await session.create(`${path}/c`);
  await session.setData(`${path}/c`, 'x');
  await session.delete(`${path}/c`);
  await session.delete(path);
  await session.settled();
  const told = ['created', 'changed', 'changed', 'children', 'children', 'deleted'].map((type) => `${type} ${path}`);
  expect(session.events).toEqual(told);
});

contract('a recursive watch tells of every change in the subtree, znode by znode', async (world) => {
  const session = world.open();
  if (!session.driver.capabilities.persistentWatches) return;
  const path = world.path('a');
  await session.create(path);
  await session.driver.perform('addWatch', { path, mode: 'persistent-recursive' });
  await session.create(`${path}/b`);
  await session.create(`${path}/b/c`);
  await session.setData(`${path}/b/c`, 'x');
  await session.delete(`${path}/b/c`);
  await session.create(world.path('elsewhere'));
  await session.settled();
  expect(session.events).toEqual([`created ${path}/b`, `created ${path}/b/c`, `changed ${path}/b/c`, `deleted ${path}/b/c`]);
});

contract('a removed watch tells nothing more, and removing one that is not set is no error', async (world) => {
  const session = world.open();
  const { capabilities } = session.driver;
  if (!capabilities.removeWatches) return;
  const path = world.path('a');
  await session.create(path);
  await session.getData(path, true);
  await session.getChildren(path, true);
  await session.driver.perform('removeWatches', { path, type: 'data' });
  await session.setData(path, 'x');
  await session.settled();
  expect(session.events).toEqual([]);
  await session.create(`${path}/c`);
  await session.settled();
  expect(session.events).toEqual([`children ${path}`]);
  expect(await session.driver.perform('removeWatches', { path, type: 'any' })).toBeUndefined();
  if (!capabilities.persistentWatches) return;
  await session.driver.perform('addWatch', { path, mode: 'persistent-recursive' });
  await session.driver.perform('removeWatches', { path, type: 'any' });
  await session.setData(path, 'y');
  await session.settled();
  expect(session.events).toEqual([`children ${path}`]);
});

contract('the expiry of another session is told like any deletion', async (world) => {
  const session = world.open();
  const owner = world.open();
  const path = world.path('e');
  await owner.create(path, { mode: 'ephemeral' });
  await session.exists(path, true);
  await owner.driver.close();
  expect(await session.seen('event')).toEqual({ kind: 'event', type: 'deleted', path });
});
