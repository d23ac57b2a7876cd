import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FaultyProxy } from '../../../src/embedded/index.ts';

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
  return await Promise.race([once(socket, 'data').then(() => true), once(socket, 'close').then(() => false)]);
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
