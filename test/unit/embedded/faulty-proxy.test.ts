import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FaultyProxy, startEmbeddedServer } from '../../../src/embedded/index.ts';
import { ConnectionError } from '../../../src/errors/connection.ts';
import { InvalidArgumentError } from '../../../src/errors/docent-error.ts';
import { RawClient } from '../../support/raw-client.ts';

const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket));
let port = 0;

beforeEach(async () => {
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  const address = echo.address();
  if (typeof address === 'object' && address !== null) port = address.port;
});

afterEach(async () => {
  await new Promise((resolve) => echo.close(resolve));
});

function connectTo(wire: FaultyProxy): Socket {
  return connect(Number(wire.hosts.split(':')[1]), '127.0.0.1').on('error', () => {});
}

async function answers(socket: Socket): Promise<boolean> {
  socket.write('x');
  // Not `once` of events, which rejects where an error comes first: a reset, if the byte came before the end.
  return await new Promise((resolve) => {
    socket.once('data', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
}

test('a whole wire passes everything on', async () => {
  await using wire = await FaultyProxy.start([{ host: '127.0.0.1', port }]);
  expect(await answers(connectTo(wire))).toBe(true);
});

test('cut, it ends what there is and what comes; mended, it passes on again', async () => {
  await using wire = await FaultyProxy.start([{ host: '127.0.0.1', port }]);
  const socket = connectTo(wire);
  expect(await answers(socket)).toBe(true);
  const closed = once(socket, 'close');
  wire.cut();
  await closed;
  expect(await answers(connectTo(wire))).toBe(false);
  wire.mend();
  expect(await answers(connectTo(wire))).toBe(true);
});

test('a dead server is passed over by the next connection', async () => {
  await using wire = await FaultyProxy.start([
    { host: '127.0.0.1', port: 1 },
    { host: '127.0.0.1', port },
  ]);
  expect(await answers(connectTo(wire))).toBe(false);
  expect(await answers(connectTo(wire))).toBe(true);
});

test('swallowing, it loses every byte and ends no connection; mended, it ends those that have lost some', async () => {
  await using wire = await FaultyProxy.start([{ host: '127.0.0.1', port }]);
  const socket = connectTo(wire);
  expect(await answers(socket)).toBe(true);
  wire.swallow();
  const answered = answers(socket);
  // A byte on another way there and back: what was to come on the swallowed one would have come before.
  await using other = await FaultyProxy.start([{ host: '127.0.0.1', port }]);
  expect(await answers(connectTo(other))).toBe(true);
  expect(socket.destroyed).toBe(false);
  wire.mend();
  expect(await answered).toBe(false);
  expect(await answers(connectTo(wire))).toBe(true);
});

test('while it swallows, no side is told that the other has gone', async () => {
  await using wire = await FaultyProxy.start([{ host: '127.0.0.1', port }]);
  const accepted = once(echo, 'connection') as Promise<[Socket]>;
  const socket = connectTo(wire);
  const [server] = await accepted;
  expect(await answers(socket)).toBe(true);
  wire.swallow();
  const gone = once(server, 'close');
  server.destroy();
  await gone;
  // As above.
  await using other = await FaultyProxy.start([{ host: '127.0.0.1', port }]);
  expect(await answers(connectTo(other))).toBe(true);
  expect(socket.destroyed).toBe(false);
  const closed = once(socket, 'close');
  wire.mend();
  await closed;
});

test('a session that came through it is expired, while the others live on', async () => {
  await using server = await startEmbeddedServer();
  await using wire = await FaultyProxy.start([{ host: '127.0.0.1', port: server.port }]);
  await using client = await RawClient.start(wire.hosts);
  await using other = await RawClient.start(wire.hosts);
  const closed = client.closed();
  await wire.expireSession(client.granted.sessionId);
  expect(server.sessions().map(({ id }) => id)).toEqual([other.granted.sessionId]);
  await closed;
  expect((await other.ask('exists', { path: '/', watch: false })).code).toBe('OK');
});

test('a session is expired on the connection that it has moved to', async () => {
  await using server = await startEmbeddedServer();
  await using wire = await FaultyProxy.start([{ host: '127.0.0.1', port: server.port }]);
  await using first = await RawClient.start(wire.hosts);
  first.drop();
  await first.closed();
  await using second = await RawClient.resume(wire.hosts, first.granted);
  const closed = second.closed();
  await wire.expireSession(first.granted.sessionId);
  await closed;
  expect(server.sessions()).toEqual([]);
});

test('while it swallows, a session that is expired does not hear of it', async () => {
  await using server = await startEmbeddedServer();
  await using wire = await FaultyProxy.start([{ host: '127.0.0.1', port: server.port }]);
  await using client = await RawClient.start(wire.hosts);
  wire.swallow();
  await wire.expireSession(client.granted.sessionId);
  expect(server.sessions()).toEqual([]);
  // As above.
  await using other = await FaultyProxy.start([{ host: '127.0.0.1', port }]);
  expect(await answers(connectTo(other))).toBe(true);
  expect(client.isClosed).toBe(false);
});

test.each(['cut-before-apply', 'cut-after-apply'] as const)(
  'a session is expired though the connection that ends it meets %s',
  async (kind) => {
    await using server = await startEmbeddedServer();
    await using wire = await FaultyProxy.start([{ host: '127.0.0.1', port: server.port }]);
    await using client = await RawClient.start(wire.hosts);
    server.faults.inject({ kind }, { operation: 'closeSession' });
    await wire.expireSession(client.granted.sessionId);
    expect(server.sessions()).toEqual([]);
  },
);

test('a server that cuts off every attempt to end a session is not asked for ever', async () => {
  await using server = await startEmbeddedServer();
  await using wire = await FaultyProxy.start([{ host: '127.0.0.1', port: server.port }]);
  await using client = await RawClient.start(wire.hosts);
  for (let skipped = 0; skipped < 20; skipped += 1) server.faults.inject({ kind: 'cut-before-apply' }, { operation: 'closeSession' });
  await expect(wire.expireSession(client.granted.sessionId)).rejects.toThrow(ConnectionError);
});

test('a session that did not come through it cannot be expired', async () => {
  await using server = await startEmbeddedServer();
  await using wire = await FaultyProxy.start([{ host: '127.0.0.1', port: server.port }]);
  await using client = await RawClient.start(server.hosts);
  await expect(wire.expireSession(client.granted.sessionId)).rejects.toThrow(InvalidArgumentError);
  expect(server.sessions()).toHaveLength(1);
});

test('a server that is gone cannot expire a session', async () => {
  const server = await startEmbeddedServer();
  await using wire = await FaultyProxy.start([{ host: '127.0.0.1', port: server.port }]);
  await using client = await RawClient.start(wire.hosts);
  await server.close();
  await expect(wire.expireSession(client.granted.sessionId)).rejects.toThrow(ConnectionError);
});
