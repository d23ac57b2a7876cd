import { expect, test } from 'vitest';
import { startEmbeddedServer } from '../../../src/embedded/index.ts';
import { create, EmbeddedRig } from './embedded-rig.ts';

test('every request is told of before it is applied, in order and numbered; pings are not', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session();
  const seen: unknown[] = [];
  rig.server.requests$.subscribe(({ operation, path, number, sessionId }) => {
    seen.push([number, operation, path, sessionId === session.granted.sessionId, rig.server.paths().length]);
  });
  await create(session, '/a');
  await session.ping();
  await session.ask('getEphemerals', { prefixPath: '/a' });
  await session.ask('multi', []);
  await session.closeSession();
  expect(seen).toEqual([
    [1, 'create', '/a', true, 0],
    [2, 'getEphemerals', '/a', true, 1],
    [3, 'multi', undefined, true, 1],
    [4, 'closeSession', undefined, true, 1],
  ]);
  expect(rig.server.requestCount).toBe(4);
});

test('whoever hears of a request may cut the connection, and the request is not applied', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session();
  rig.server.requests$.subscribe(({ sessionId }) => rig.server.faults.dropConnections(sessionId));
  await expect(create(session, '/a')).rejects.toThrow();
  expect(rig.server.paths()).toEqual([]);
});

test('live watches are counted once each, and go with what they are set on, on request, or with the connection', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session();
  await create(session, '/a');
  await session.ask('getData', { path: '/a', watch: true });
  await session.ask('getChildren', { path: '/a', watch: true });
  await session.ask('addWatch', { path: '/', mode: 1 });
  const counts = [rig.server.watchCount];
  await session.ask('removeWatches', { path: '/', type: 3 });
  counts.push(rig.server.watchCount);
  session.drop();
  await rig.resumed(session);
  counts.push(rig.server.watchCount);
  expect(counts).toEqual([3, 2, 0]);
});

test('a port that is taken, and an option that breaks a rule, are told at start', async () => {
  await using server = await startEmbeddedServer();
  await expect(startEmbeddedServer({ port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await expect(startEmbeddedServer({ minSessionTimeoutMs: -1 })).rejects.toMatchObject({ name: 'InvalidArgumentError' });
});

test('a request above the limit closes the connection, one at the limit is served', async () => {
  await using rig = await EmbeddedRig.start({ maxRequestBytes: 100 });
  const session = await rig.session();
  // Header, path, data and version.
  const most = 100 - 8 - 5 - 4 - 4;
  const set = (size: number) => session.ask('setData', { path: '/', data: Buffer.alloc(size), version: -1 });
  expect((await set(most)).code).toBe('OK');
  await expect(set(most + 1)).rejects.toThrow();
});
