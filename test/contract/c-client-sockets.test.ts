import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server } from 'node:net';
import { map } from 'rxjs';
import { expect, test } from 'vitest';
import { createZooKeeperDriver } from '../../src/driver/zookeeper/zookeeper-driver.ts';
import { connect } from '../../src/index.ts';
import { driverDefaults, hostList, OpenSession } from '../support/open-session.ts';
import { Probe } from '../support/probe.ts';
import { cClient, needed } from '../support/real-server.ts';
import { startRemoteServer } from '../support/remote-server.ts';
import { stall } from '../support/stall.ts';

test('a request that meets a closed connection before Node does neither ends the process nor the session', async (context) => {
  needed(context, cClient() ?? {});
  const server = startRemoteServer({});
  context.onTestFinished(() => server.close());
  const session = new OpenSession(createZooKeeperDriver({ ...driverDefaults, hosts: hostList(server.hosts) }));
  await session.create('/e', { mode: 'ephemeral' });
  const { sessionId } = session.driver;
  await session.exists('/e', true);

  // In the turn of an answer, in which Node has yet to poll the socket again.
  await session.exists('/');
  server.faults.dropConnections(sessionId);
  stall(20);
  const first = expect(session.exists('/')).rejects.toMatchObject({ outcome: 'unknown' });
  // At the latest the second attempt to send shows that nobody is there.
  await handedOver();
  const second = session.exists('/').catch(() => {});
  await first;
  await second;

  expect(await session.seen('connected', 2)).toMatchObject({ resumed: true, watchesLost: true });
  expect(session.driver.sessionId).toBe(sessionId);
  expect((await session.exists('/e')).stat?.ephemeralOwner).toBe(sessionId);
  await session.driver.close();
  expect(server.paths()).not.toContain('/e');
});

test('credentials whose refusal was lost with the connection end the session all the same', async (context) => {
  needed(context, cClient() ?? {});
  const server = startRemoteServer({});
  context.onTestFinished(() => server.close());
  const session = new OpenSession(createZooKeeperDriver({ ...driverDefaults, hosts: hostList(server.hosts) }));
  await session.seen('connected');
  await session.exists('/');
  const adding = session.driver.perform('addAuth', { path: '/', scheme: 'no-such-scheme', credential: Buffer.from('x') }).catch(() => {});
  await handedOver();
  stall(20);
  server.faults.dropConnections();
  const reads = [session.exists('/').catch(() => {})];
  await handedOver();
  reads.push(session.exists('/').catch(() => {}));
  expect(await session.seen('over')).toMatchObject({ reason: 'auth-failed', cause: { scheme: 'no-such-scheme' } });
  await Promise.all([adding, ...reads]);
});

test('watches go on after a request has met a closed connection', async (context) => {
  needed(context, cClient() ?? {});
  const server = startRemoteServer({});
  context.onTestFinished(() => server.close());
  await using other = await connect(server.hosts);
  await using client = await connect(server.hosts, { driver: createZooKeeperDriver });
  await other.create('/a', 'first');
  using values = new Probe(client.data$('/a').pipe(map((node) => node?.data.toString())));
  await values.until((value) => value === 'first');
  const { id } = await client.connected();
  await client.exists('/');
  server.faults.dropConnections(id);
  stall(20);
  const reads = [client.exists('/')];
  await handedOver();
  reads.push(client.exists('/'));
  await Promise.all(reads);
  expect((await client.connected()).id).toBe(id);
  await client.sync('/');
  await other.set('/a', 'second');
  await values.until((value) => value === 'second');
});

test('told of other servers, the C client closes no socket that Node still polls', async (context) => {
  needed(context, cClient() ?? {});
  await using silent = await listening(createServer((socket) => socket.resume()));
  await using echo = await listening(createServer((socket) => socket.pipe(socket)));
  const isCalled = once(silent, 'connection');
  // Long enough for the C client itself not to give up the silent one before the end.
  const options = { ...driverDefaults, sessionTimeoutMs: 60_000, hosts: [addressOf(silent)] };
  const session = new OpenSession(createZooKeeperDriver(options));
  await isCalled;
  session.driver.setHosts([{ host: '127.0.0.1', port: 1 }]);
  // By now the new addresses have been looked up.
  await session.seen('unreachable', 2);
  // The first of these would be given the number of the socket that was closed, and not be heard.
  for (const call of ['first', 'second', 'third']) expect(await echoed(echo, call)).toBe(call);
  await session.driver.close(0);
});

/** Resolves when requests have been given to the C client, before Node looks at any socket. */
async function handedOver(): Promise<void> {
  for (let ticks = 0; ticks < 2; ticks += 1) await new Promise((resolve) => process.nextTick(resolve));
}

async function listening(server: Server): Promise<Server> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

function addressOf(server: Server): { readonly host: string; readonly port: number } {
  const { address, port } = server.address() as AddressInfo;
  return { host: address, port };
}

async function echoed(server: Server, text: string): Promise<string> {
  const socket = createConnection(addressOf(server));
  socket.end(text);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}
