import { expect } from 'vitest';
import { creatorAllAcl, openAcl, permissions, readAcl } from '../../src/znode.ts';
import { contract, rejection } from './contract.ts';

contract('a created znode has the data given, version 0 and its creator as reply', async (world) => {
  const session = world.open();
  const path = world.path('a');
  const reply = await session.create(path, { data: Buffer.from('hello') });
  expect(reply.path).toBe(path);
  const { data, stat } = await session.getData(path);
  expect(data?.toString()).toBe('hello');
  expect(stat).toMatchObject({ version: 0, cversion: 0, aversion: 0, ephemeralOwner: 0n, dataLength: 5, numChildren: 0 });
  if (session.driver.capabilities.createStat) expect(reply.stat).toEqual(stat);
});

contract('an ephemeral znode belongs to the session and goes when that is closed', async (world) => {
  const owner = world.open();
  const witness = world.open();
  const path = world.path('ephemeral');
  await owner.create(path, { mode: 'ephemeral' });
  const { stat } = await witness.exists(path);
  expect(stat?.ephemeralOwner).toBe(owner.driver.sessionId);
  await owner.driver.close();
  expect(await witness.exists(path)).toEqual({ stat: null });
});

contract('sequential znodes are numbered by their parent, in ten digits, whatever their prefix', async (world) => {
  const session = world.open();
  const made = await Promise.all([
    session.create(world.path('a-'), { mode: 'persistent-sequential' }),
    session.create(world.path('b-'), { mode: 'ephemeral-sequential' }),
    session.create(`${world.root}/`, { mode: 'persistent-sequential' }),
  ]);
  expect(made.map(({ path }) => path)).toEqual([world.path('a-0000000000'), world.path('b-0000000001'), world.path('0000000002')]);
});

contract('containers and znodes with a time to live are made where the driver has them', async (world) => {
  const session = world.open();
  const { capabilities } = session.driver;
  if (capabilities.containers) {
    await session.create(world.path('container'), { mode: 'container' });
    await session.create(world.path('container/child'));
    expect(await session.getChildren(world.path('container'))).toEqual({ children: ['child'] });
  }
  if (capabilities.ttl) {
    await session.create(world.path('ttl'), { mode: 'persistent-with-ttl', ttlMs: 600_000 });
    const { path } = await session.create(world.path('ttl-'), { mode: 'persistent-sequential-with-ttl', ttlMs: 600_000 });
    expect(path).toMatch(/ttl-\d{10}$/);
    // The server keeps the time to live in place of an owner, and hides it.
    expect((await session.exists(path)).stat?.ephemeralOwner).toBe(0n);
  }
});

contract(
  'a create is refused for a znode that exists, a missing parent, an ephemeral parent and an ACL that makes no sense',
  async (world) => {
    const session = world.open();
    await session.create(world.path('e'), { mode: 'ephemeral' });
    expect(await rejection(session.create(world.path('e')))).toMatchObject({
      name: 'NodeExistsError',
      operation: 'create',
      path: world.path('e'),
    });
    expect(await rejection(session.create(world.path('no/parent')))).toMatchObject({ name: 'NoNodeError' });
    expect(await rejection(session.create(world.path('e/child')))).toMatchObject({ name: 'NoChildrenForEphemeralsError' });
    if (!session.driver.capabilities.createAcl) return;
    expect(await rejection(session.create(world.path('x'), { acl: [] }))).toMatchObject({ name: 'InvalidAclError' });
    expect(await rejection(session.create(world.path('x'), { acl: creatorAllAcl }))).toMatchObject({ name: 'InvalidAclError' });
  },
);

contract('data come back as they went: none, empty, binary, large', async (world) => {
  const session = world.open();
  const path = world.path('data');
  await session.create(path);
  const written = async (data: Uint8Array | null) => {
    await session.driver.perform('setData', { path, data, version: -1 });
    return (await session.getData(path)).data;
  };
  expect((await written(null))?.length ?? 0).toBe(0);
  expect((await written(new Uint8Array(0)))?.length ?? 0).toBe(0);
  const binary = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  expect(await written(binary)).toEqual(binary);
  const large = Buffer.alloc(900_000, 'docent ');
  expect((await written(large))?.equals(large)).toBe(true);
});

contract('a versioned write goes through at its version only', async (world) => {
  const session = world.open();
  const path = world.path('v');
  await session.create(path);
  expect((await session.setData(path, 'one', 0)).stat.version).toBe(1);
  expect(await rejection(session.setData(path, 'two', 0))).toMatchObject({ name: 'BadVersionError', operation: 'setData', path });
  expect(await rejection(session.delete(path, 0))).toMatchObject({ name: 'BadVersionError' });
  expect((await session.setData(path, 'two')).stat.version).toBe(2);
  expect(await session.delete(path, 2)).toBeUndefined();
  expect(await rejection(session.setData(path, 'three'))).toMatchObject({ name: 'NoNodeError' });
});

contract('a znode with children cannot be deleted, nor one that is missing', async (world) => {
  const session = world.open();
  await session.create(world.path('p'));
  await session.create(world.path('p/c'));
  expect(await rejection(session.delete(world.path('p')))).toMatchObject({ name: 'NotEmptyError' });
  expect(await rejection(session.delete(world.path('q')))).toMatchObject({ name: 'NoNodeError' });
});

contract('exists gives the stat, or null for a missing znode', async (world) => {
  const session = world.open();
  expect((await session.exists(world.root)).stat?.czxid).toBeGreaterThan(0n);
  expect(await session.exists(world.path('missing'))).toEqual({ stat: null });
});

contract('children are listed by name, with the parent’s stat where that is asked for', async (world) => {
  const session = world.open();
  await Promise.all(['b', 'a', 'é'].map((name) => session.create(world.path(name))));
  const { children } = await session.getChildren(world.root);
  expect([...children].sort()).toEqual(['a', 'b', 'é']);
  const both = await session.driver.perform('getChildren2', { path: world.root, watch: false });
  expect([...both.children].sort()).toEqual(['a', 'b', 'é']);
  expect(both.stat.numChildren).toBe(3);
  expect(await rejection(session.getChildren(world.path('missing')))).toMatchObject({ name: 'NoNodeError' });
});

contract('an ACL is read and written by its version, and obeyed', async (world) => {
  const session = world.open();
  const path = world.path('acl');
  await session.create(path, { acl: [{ perms: permissions.all, scheme: 'world', id: 'anyone' }] });
  if (session.driver.capabilities.getAcl) expect((await session.driver.perform('getAcl', { path })).acl).toEqual(openAcl);
  const { stat } = await session.driver.perform('setAcl', { path, acl: readAcl, version: 0 });
  expect(stat.aversion).toBe(1);
  expect(await rejection(session.setData(path, 'x'))).toMatchObject({ name: 'NoAuthError' });
  expect(await rejection(session.driver.perform('setAcl', { path, acl: openAcl, version: 0 }))).toHaveProperty('outcome', 'refused');
});

contract('a digest added to the session opens what is closed to others', async (world) => {
  const session = world.open();
  await session.driver.perform('addAuth', { path: '/', scheme: 'digest', credential: Buffer.from('user:secret') });
  const path = world.path('mine');
  await session.createForUs(path, { data: Buffer.from('x') });
  expect((await session.getData(path)).data?.toString()).toBe('x');
  const other = world.open();
  expect(await rejection(other.getData(path))).toMatchObject({ name: 'NoAuthError' });
  const friend = world.open({ auth: [{ scheme: 'digest', credential: Buffer.from('user:secret') }] });
  expect((await friend.getData(path)).data?.toString()).toBe('x');
});

contract('credentials of an unknown scheme end the session, and nothing is left pending', async (world) => {
  const session = world.open();
  await session.seen('connected');
  const auth = session.driver.perform('addAuth', { path: '/', scheme: 'no-such-scheme', credential: Buffer.from('x') });
  expect(await rejection(auth)).toHaveProperty('name');
  expect(await session.seen('over')).toMatchObject({ reason: 'auth-failed', cause: { name: 'AuthFailedError', scheme: 'no-such-scheme' } });
  expect(await rejection(session.exists('/'))).toMatchObject({
    name: 'NotSentError',
    cause: { name: 'SessionLostError', reason: 'auth-failed' },
  });
});

contract('a session can be asked what it owns, how much there is, and who it is', async (world) => {
  const session = world.open({ auth: [{ scheme: 'digest', credential: Buffer.from('user:secret') }] });
  if (!session.driver.capabilities.inspection) return;
  await session.create(world.path('a'));
  await session.create(world.path('a/e'), { mode: 'ephemeral' });
  await session.create(world.path('ab'), { mode: 'ephemeral' });
  expect(await session.driver.perform('getEphemerals', { path: world.path('a') })).toEqual({ paths: [world.path('a/e')] });
  const { paths } = await session.driver.perform('getEphemerals', { path: '/' });
  expect([...paths].sort()).toEqual([world.path('a/e'), world.path('ab')]);
  expect(await session.driver.perform('getAllChildrenNumber', { path: world.root })).toEqual({ count: 3 });
  const { identities } = await session.driver.perform('whoAmI', { path: '/' });
  expect(identities).toContainEqual({ scheme: 'digest', id: 'user' });
});

contract('the ensemble’s configuration can be read, and changing it is refused where that is switched off', async (world) => {
  const session = world.open();
  if (!session.driver.capabilities.reconfig) return;
  const { stat } = await session.driver.perform('getConfig', { path: '/zookeeper/config', watch: false });
  expect(stat).toHaveProperty('mzxid');
  const change = session.driver.perform('reconfig', {
    path: '/zookeeper/config',
    joining: 'server.9=127.0.0.1:1:2;3',
    leaving: null,
    members: null,
    fromConfig: -1n,
  });
  expect(await rejection(change)).toHaveProperty('outcome', 'refused');
});

contract('the highest zxid seen goes up with every write', async (world) => {
  const session = world.open();
  await session.create(world.path('a'));
  const before = session.driver.lastZxid;
  const { stat } = await session.setData(world.path('a'), 'x');
  if (before === undefined) return;
  expect(session.driver.lastZxid).toBe(stat.mzxid);
  expect(stat.mzxid).toBeGreaterThan(before);
});

contract('what a driver says that it cannot do it refuses, and does not do in part', async (world) => {
  const session = world.open();
  await session.create(world.path('a'));
  const { capabilities, name } = session.driver;
  const path = world.path('b');
  const attempts: Readonly<Partial<Record<keyof typeof capabilities, readonly (() => Promise<unknown>)[]>>> = {
    createAcl: [() => session.create(path, { acl: readAcl }), () => session.create(path, { acl: [] })],
    getAcl: [() => session.driver.perform('getAcl', { path: world.root })],
    containers: [() => session.create(path, { mode: 'container' })],
    ttl: [() => session.create(path, { mode: 'persistent-with-ttl', ttlMs: 600_000 })],
    multi: [
      () => session.driver.perform('multi', { operations: [{ op: 'create', path, data: null, acl: openAcl, mode: 'persistent' }] }),
      () => session.driver.perform('multiRead', { reads: [{ op: 'getData', path: world.root }] }),
    ],
    persistentWatches: [() => session.driver.perform('addWatch', { path: world.root, mode: 'persistent' })],
    removeWatches: [() => session.driver.perform('removeWatches', { path: world.root, type: 'any' })],
    inspection: [
      () => session.driver.perform('getEphemerals', { path: '/' }),
      () => session.driver.perform('getAllChildrenNumber', { path: '/' }),
      () => session.driver.perform('whoAmI', { path: '/' }),
    ],
  };
  for (const [capability, requests] of Object.entries(attempts)) {
    if (capabilities[capability as keyof typeof capabilities]) continue;
    for (const request of requests) {
      expect(await rejection(request())).toMatchObject({ name: 'UnsupportedError', outcome: 'refused', driver: name });
    }
  }
  expect(await session.getChildren(world.root)).toEqual({ children: ['a'] });
});
