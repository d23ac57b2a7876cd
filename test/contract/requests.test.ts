import { expect } from 'vitest';
import { Ender } from '../../src/ending.ts';
import { contract, rejection } from './contract.ts';

contract('requests handed over in one tick are served in that order', async (world) => {
  const session = world.open();
  await session.seen('connected');
  const created = session.create(world.path('a-'), { mode: 'ephemeral-sequential' });
  const listed = session.getChildren(world.root);
  const deleted = created.then(({ path }) => session.delete(path));
  expect((await listed).children).toEqual(['a-0000000000']);
  await deleted;
});

contract('requests of one session are answered in the order they were made, however many', async (world) => {
  const session = world.open();
  const path = world.path('a');
  await session.create(path);
  const answered: number[] = [];
  const versions = await Promise.all(
    Array.from({ length: 2_000 }, async (_, index) => {
      const { stat } = await session.setData(path, `${index}`);
      answered.push(index);
      return stat.version;
    }),
  );
  expect(answered).toEqual(Array.from({ length: 2_000 }, (_, index) => index));
  expect(versions).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
});

contract('requests made before there is a connection wait for it', async (world) => {
  const session = world.open();
  const path = world.path('a');
  const [created, { children }] = await Promise.all([session.create(path), session.getChildren(world.root)]);
  expect(created.path).toBe(path);
  expect(children).toEqual(['a']);
});

contract('a signal that has aborted already stops the request from being sent', async (world) => {
  const session = world.open();
  await session.seen('connected');
  const reason = new Error('changed my mind');
  const until = new Ender();
  until.end(reason);
  const request = session.driver.perform('delete', { path: world.root, version: -1 }, until);
  expect(await rejection(request)).toMatchObject({
    name: 'NotSentError',
    outcome: 'not-sent',
    operation: 'delete',
    path: world.root,
    cause: reason,
  });
  expect((await session.exists(world.root)).stat).not.toBeNull();
});

contract('an end in the tick of the request withdraws it, and no other', async (world) => {
  const session = world.open();
  await session.seen('connected');
  const until = new Ender();
  const before = session.create(world.path('before'));
  const withdrawn = session.driver.perform('delete', { path: world.root, version: -1 }, until);
  const after = session.create(world.path('after'));
  until.end('changed my mind');
  expect(await rejection(withdrawn)).toMatchObject({ outcome: 'not-sent', cause: 'changed my mind' });
  await Promise.all([before, after]);
  expect([...(await session.getChildren(world.root)).children].sort()).toEqual(['after', 'before']);
});

contract('an end that comes later leaves the outcome open, and the session in step', async (world) => {
  const session = world.open();
  await session.seen('connected');
  const until = new Ender();
  const path = world.path('a');
  const create = session.driver.perform(
    'create',
    { path, data: null, acl: [{ perms: 31, scheme: 'world', id: 'anyone' }], mode: 'persistent' },
    until,
  );
  setImmediate(() => until.end('too late'));
  const settled = await create.then(
    () => 'replied',
    (error: unknown) => error,
  );
  if (settled !== 'replied')
    expect(settled).toMatchObject({ name: 'OutcomeUnknownError', outcome: 'unknown', operation: 'create', path, cause: 'too late' });
  expect((await session.exists(path)).stat).not.toBeNull();
});

contract('an end that comes after the reply changes nothing', async (world) => {
  const session = world.open();
  const until = new Ender();
  const { stat } = await session.driver.perform('exists', { path: world.root, watch: false }, until);
  until.end('nobody cares');
  expect(stat).not.toBeNull();
});

contract('more requests than may wait are refused, the others are served', async (world) => {
  const session = world.open({ maxPendingRequests: 10 });
  await session.seen('connected');
  const requests = Array.from({ length: 11 }, () => session.exists(world.root));
  expect(await rejection(requests[10] ?? Promise.resolve())).toMatchObject({ name: 'TooManyRequestsError', outcome: 'refused', limit: 10 });
  await Promise.all(requests.slice(0, 10));
  await session.exists(world.root);
});

contract('a request above the limit is refused before it is sent, and the connection stays', async (world) => {
  const session = world.open({ maxRequestBytes: 1_000 });
  await session.seen('connected');
  expect(await rejection(session.setData(world.root, 'x'.repeat(1_000)))).toMatchObject({
    name: 'RequestTooLargeError',
    outcome: 'refused',
    limitBytes: 1_000,
  });
  await session.setData(world.root, 'x'.repeat(800));
  expect(session.notices.map(({ kind }) => kind)).toEqual(['connected']);
});

contract('a reply above the limit ends the connection and not the session', async (world) => {
  const session = world.open({ maxReplyBytes: 10_000 });
  if (!session.driver.capabilities.replyLimit) return;
  await session.setData(world.root, 'x'.repeat(20_000));
  expect(await rejection(session.getData(world.root))).toMatchObject({ name: 'ReplyTooLargeError', limitBytes: 10_000 });
  await session.seen('connected', 2);
  await session.exists(world.root);
  expect(session.notices.map(({ kind }) => kind)).toEqual(['connected', 'disconnected', 'connected']);
});

contract('a large reply comes back whole, and the session lives on', async (world) => {
  const session = world.open();
  const path = world.path('large');
  const large = Buffer.alloc(1_000_000, 'docent ');
  await session.create(path, { data: large });
  for (let round = 0; round < 10; round += 1) expect((await session.getData(path)).data?.equals(large)).toBe(true);
  expect(session.notices.map(({ kind }) => kind)).toEqual(['connected']);
});

contract('below a chroot, paths are the caller’s: in requests, replies, events, transactions and errors', async (world) => {
  const session = world.open({ chroot: world.root });
  const plain = world.open();
  expect((await session.create('/a')).path).toBe('/a');
  const sequential = [
    (await session.create('/s-', { mode: 'persistent-sequential' })).path,
    (await session.create('/', { mode: 'ephemeral-sequential' })).path,
  ];
  expect(sequential).toEqual(['/s-0000000001', '/0000000002']);
  expect([...(await session.getChildren('/')).children].sort()).toEqual(['0000000002', 'a', 's-0000000001']);
  expect((await plain.exists(world.path('a'))).stat).not.toBeNull();

  await session.exists('/', true);
  await session.getData('/a', true);
  await plain.setData(world.root, 'x');
  await plain.setData(world.path('a'), 'x');
  await session.settled();
  expect(session.events).toEqual(['changed /', 'changed /a']);

  expect(await rejection(session.getData('/missing'))).toMatchObject({
    name: 'NoNodeError',
    path: '/missing',
    message: 'getData /missing: no such znode',
  });
  if (!session.driver.capabilities.multi) return;
  const { results } = await session.driver.perform('multi', {
    operations: [
      { op: 'create', path: '/t', data: null, acl: [{ perms: 31, scheme: 'world', id: 'anyone' }], mode: 'persistent' },
      { op: 'delete', path: '/t', version: -1 },
    ],
  });
  expect(results).toMatchObject([{ op: 'create', path: '/t' }, { op: 'delete' }]);
  const failed = session.driver.perform('multi', { operations: [{ op: 'check', path: '/missing', version: 0 }] });
  expect(await rejection(failed)).toMatchObject({ name: 'TransactionFailedError', path: '/missing', cause: { path: '/missing' } });
  if (!session.driver.capabilities.inspection) return;
  expect(await session.driver.perform('getEphemerals', { path: '/' })).toEqual({ paths: ['/0000000002'] });
});
