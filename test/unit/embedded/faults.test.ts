import { elementAt, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { InvalidArgumentError } from '../../../src/errors/docent-error.ts';
import { codeOf, create, EmbeddedRig } from './embedded-rig.ts';

test('dropping the connections of one session leaves the others alone, and every session alive', async () => {
  await using rig = await EmbeddedRig.start();
  const sessions = [await rig.session(), await rig.session()] as const;
  await create(sessions[0], '/e', 1);
  rig.server.faults.dropConnections(sessions[0].granted.sessionId);
  await sessions[0].closed();
  expect(await codeOf(sessions[1].ping())).toBe('OK');
  expect(rig.server.sessions().map(({ connected, ephemerals }) => ({ connected, ephemerals }))).toEqual([
    { connected: false, ephemerals: ['/e'] },
    { connected: true, ephemerals: [] },
  ]);
  rig.server.faults.dropConnections();
  await sessions[1].closed();
  expect(rig.server.sessions().map(({ connected }) => connected)).toEqual([false, false]);
  expect((await rig.resumed(sessions[0])).granted.sessionId).toBe(sessions[0].granted.sessionId);
});

test('while connections are refused none comes to a handshake; those that are open go on', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session();
  rig.server.faults.refuseConnections(true);
  await expect(rig.session()).rejects.toThrow();
  expect(await codeOf(session.ping())).toBe('OK');
  rig.server.faults.refuseConnections(false);
  await rig.session();
  expect(rig.server.sessions()).toHaveLength(2);
});

test('a server that is stopped and started again has its port, its znodes and its sessions, whose timeouts begin anew', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session(10_000);
  await create(session, '/e', 1);
  const { hosts } = rig.server;
  await rig.server.faults.stop();
  await session.closed();
  await expect(rig.session()).rejects.toThrow();
  rig.clock.advance(60_000);
  await rig.server.faults.start();
  expect(rig.server.hosts).toBe(hosts);
  rig.clock.advance(9_999);
  expect(rig.server.paths()).toEqual(['/e']);
  rig.clock.advance(1);
  expect([rig.server.paths(), rig.server.sessions()]).toEqual([[], []]);
});

test('a server that is paused neither answers nor lets a session expire; resumed, it serves what came meanwhile, in order', async () => {
  await using rig = await EmbeddedRig.start();
  const sessions = [await rig.session(10_000), await rig.session(10_000)] as const;
  rig.server.faults.pause();
  const replies = [create(sessions[0], '/a'), create(sessions[0], '/b'), create(sessions[1], '/c')];
  const late = rig.session();
  await rig.settled();
  rig.clock.advance(60_000);
  expect(rig.server.sessions()).toHaveLength(2);
  expect(rig.server.requestCount).toBe(0);
  rig.server.faults.resume();
  expect((await Promise.all(replies)).map(({ code }) => code)).toEqual(['OK', 'OK', 'OK']);
  expect((await late).granted.timeOut).toBe(10_000);
  rig.clock.advance(9_999);
  expect(rig.server.sessions()).toHaveLength(3);
  rig.clock.advance(1);
  expect(rig.server.sessions()).toEqual([]);
});

test('one session can be paused while the others are served, also when it comes again on a new connection', async () => {
  await using rig = await EmbeddedRig.start();
  const paused = await rig.session(10_000);
  const other = await rig.session(10_000);
  await create(paused, '/e', 1);
  rig.server.faults.pause(paused.granted.sessionId);
  const reply = create(paused, '/a');
  const again = rig.resumed(paused);
  expect((await create(other, '/b')).code).toBe('OK');
  await rig.settled();
  rig.clock.advance(10_000);
  // The other one was heard of last before that.
  expect(rig.server.sessions().map(({ id }) => id)).toEqual([paused.granted.sessionId]);
  expect(rig.server.paths()).toEqual(['/b', '/e']);
  rig.server.faults.resume();
  // Both connections are served; the newer one has the session in the end.
  expect(['OK', 'closed']).toContain(await codeOf(reply));
  expect((await again).granted.sessionId).toBe(paused.granted.sessionId);
  expect((await (await again).ping()).code).toBe('OK');
});

test('with delayed replies everything leaves later by that much, in order, until that is switched off', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session();
  rig.server.faults.delayReplies(200);
  const served = firstValueFrom(rig.server.requests$.pipe(elementAt(1)));
  const replies = Promise.all([create(session, '/a'), session.ask('exists', { path: '/a', watch: false })]);
  await served;
  rig.clock.advance(199);
  await rig.settled();
  expect(session.heard).toEqual([]);
  rig.server.faults.delayReplies(0);
  const third = session.ask('exists', { path: '/', watch: false });
  rig.clock.advance(1);
  await Promise.all([replies, third]);
  expect(session.heard).toEqual(['reply create', 'reply exists', 'reply exists']);
});

test('the number of the next sequential child can be set, and stays at the largest, as on a real server', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session();
  rig.server.faults.setSequence('/', 2 ** 31 - 2);
  for (let count = 0; count < 2; count += 1) await create(session, '/s-', 2);
  expect(rig.server.paths()).toEqual(['/s-2147483646', '/s-2147483647']);
  expect((await create(session, '/s-', 2)).code).toBe('NODEEXISTS');
  expect(() => rig.server.faults.setSequence('/missing', 0)).toThrow(InvalidArgumentError);
});
