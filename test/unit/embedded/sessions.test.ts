import { expect, test } from 'vitest';
import { create, EmbeddedRig } from './embedded-rig.ts';

test('a session expires when nothing has been heard of it for its timeout, and not before', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session(10_000);
  const watcher = await rig.session(40_000);
  await create(session, '/e', 1);
  await watcher.ask('exists', { path: '/e', watch: true });
  rig.clock.advance(9_999);
  await session.ping();
  rig.clock.advance(9_999);
  expect(rig.server.paths()).toEqual(['/e']);
  rig.clock.advance(1);
  expect(rig.server.paths()).toEqual([]);
  expect(rig.server.sessions().map(({ id }) => id)).toEqual([watcher.granted.sessionId]);
  expect(await watcher.eventCount(1)).toEqual([{ type: 'deleted', path: '/e' }]);
  await session.closed();
});

test('any request is a sign of life, and so is a new connection', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session(10_000);
  rig.clock.advance(9_000);
  await session.ask('exists', { path: '/', watch: false });
  rig.clock.advance(9_000);
  session.drop();
  await rig.resumed(session);
  rig.clock.advance(9_999);
  expect(rig.server.sessions()).toHaveLength(1);
  rig.clock.advance(1);
  expect(rig.server.sessions()).toEqual([]);
});

test('a session that is over cannot be taken up again, nor one whose password is not known', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session(10_000);
  const stranger = await rig.resumed({ granted: { ...session.granted, passwd: Buffer.alloc(16) } });
  expect(stranger.granted).toMatchObject({ sessionId: 0n, timeOut: 0 });
  rig.clock.advance(10_000);
  expect((await rig.resumed(session)).granted).toMatchObject({ sessionId: 0n, timeOut: 0 });
});

test('a timeout is granted within the bounds', async () => {
  await using rig = await EmbeddedRig.start({ minSessionTimeoutMs: 300, maxSessionTimeoutMs: 700 });
  const granted = await Promise.all([1, 500, 10_000].map(async (timeoutMs) => (await rig.session(timeoutMs)).granted.timeOut));
  expect(granted).toEqual([300, 500, 700]);
});

test('a session is ended by order as by its timeout, and none that is not there', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session();
  const other = await rig.session();
  await create(session, '/e', 1);
  await create(other, '/f', 1);
  rig.server.expireSession(session.granted.sessionId);
  rig.server.expireSession(session.granted.sessionId);
  rig.server.expireSession(4_711n);
  await session.closed();
  expect(rig.server.paths()).toEqual(['/f']);
  expect((await rig.resumed(session)).granted.sessionId).toBe(0n);
  expect((await other.ping()).code).toBe('OK');
});

test('closing the server leaves no timer, and closing it again is nothing', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session();
  rig.server.faults.delayReplies(1_000);
  void create(session, '/a').catch(() => {}); // It is never answered.
  let isComplete = false;
  rig.server.requests$.subscribe({ complete: () => (isComplete = true) });
  await Promise.all([rig.server.close(), rig.server.close()]);
  await session.closed();
  expect([rig.clock.timerCount, isComplete]).toEqual([0, true]);
});
