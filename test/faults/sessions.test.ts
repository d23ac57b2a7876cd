import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { firstValueFrom, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import {
  AuthFailedError,
  Client,
  ClosedError,
  type ConnectionState,
  connect,
  fixed,
  NotSentError,
  OperationTimeoutError,
  SessionLostError,
  times,
} from '../../src/index.ts';
import { Probe } from '../support/probe.ts';
import { World } from '../support/world.ts';

const is = (wanted: ConnectionState) => (state: ConnectionState) => state === wanted;

test('the states of a client, from its first contact through an expiry to its end', async () => {
  await using world = await World.start();
  const client = new Client({ hosts: world.server.hosts });
  const all = firstValueFrom(client.state$.pipe(toArray()));
  using states = new Probe(client.state$);
  await states.until(is('connected'));
  world.server.faults.dropConnections();
  await states.until(is('suspended'));
  await states.until(is('connected'));
  world.server.expireSession(client.session?.id ?? 0n);
  await states.until(is('connected'));
  await client.close();
  expect(await all).toEqual([
    'connecting',
    'connected',
    'suspended',
    'connected',
    'suspended',
    'lost',
    'connecting',
    'connected',
    'closed',
  ]);
});

test('a new session is another object, and the old one stays over', async () => {
  await using world = await World.start();
  const client = await world.client();
  const before = await client.connected();
  const over = once(before.signal, 'abort');
  world.server.expireSession(before.id);
  await over;
  expect(before.signal.reason).toMatchObject({ name: 'SessionLostError', sessionId: before.id, reason: 'expired' });
  const after = await client.connected();
  expect(after).not.toBe(before);
  expect(after.number).toBe(before.number + 1);
  expect([before.isValid(), before.validUntilMs]).toEqual([false, Number.NEGATIVE_INFINITY]);
  expect(after.isValid()).toBe(true);
});

test('what is bound to a session ends with it, and never goes on in the next', async () => {
  await using world = await World.start();
  const client = await world.client();
  const session = await client.connected();
  world.server.faults.pause();
  const bound = client.create('/a', '', { session });
  world.server.expireSession(session.id);
  world.server.faults.resume();
  await expect(bound).rejects.toBeInstanceOf(SessionLostError);
  await client.connected();
  await expect(client.create('/a', '', { session })).rejects.toBe(session.signal.reason);
  expect(world.server.paths()).toEqual([]);
});

test('what is not bound to a session goes on in the next', async () => {
  await using world = await World.start();
  const client = await world.client();
  world.server.faults.inject({ kind: 'expire-session' }, { operation: 'getData' });
  await client.create('/a', 'x');
  expect((await client.get('/a')).data.toString()).toBe('x');
  expect(client.session?.number).toBe(2);
  await client.delete('/a');
});

test('a watch goes on in the next session, and says that it may have missed something', async () => {
  await using world = await World.start();
  const [client, other] = [await world.client(), await world.client()];
  using seen = new Probe(client.watch('/a'));
  await client.exists('/a');
  world.server.expireSession(client.session?.id ?? 0n);
  expect(await seen.next()).toEqual({ type: 'resync', path: '/a' });
  await other.create('/a');
  expect(await seen.next()).toEqual({ type: 'created', path: '/a' });
  await other.delete('/a');
});

test('requests without contact wait for it, each within its own deadline', async () => {
  await using world = await World.start();
  const client = await world.client();
  using states = new Probe(client.state$);
  await world.server.faults.stop();
  await states.until(is('suspended'));
  const patient = client.exists('/');
  const hasty = client.exists('/', { timeoutMs: 100 });
  await expect(hasty).rejects.toMatchObject({ name: 'OperationTimeoutError', outcome: 'not-sent', timeoutMs: 100 });
  await expect(hasty).rejects.toBeInstanceOf(OperationTimeoutError);
  await world.server.faults.start();
  expect(await patient).not.toBeNull();
});

test('a retry policy that stops ends the call with what went wrong', async () => {
  await using server = await startEmbeddedServer();
  await using client = await connect(server.hosts, { retry: times(2, fixed(1)) });
  for (let cut = 0; cut < 3; cut += 1) server.faults.inject({ kind: 'cut-before-apply' }, { operation: 'getData' });
  await expect(client.get('/')).rejects.toMatchObject({ name: 'OutcomeUnknownError', operation: 'getData' });
  server.faults.inject({ kind: 'cut-before-apply' }, { operation: 'getData' });
  server.faults.inject({ kind: 'cut-before-apply' }, { operation: 'getData' });
  expect((await client.get('/')).stat.czxid).toBe(0n);
});

test('an aborted call ends at once with the reason of its signal', async () => {
  await using world = await World.start();
  const client = await world.client();
  const reason = new Error('enough');
  await expect(client.get('/', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  world.server.faults.pause();
  const giveUp = new AbortController();
  const reading = client.get('/', { signal: giveUp.signal });
  giveUp.abort(reason);
  await expect(reading).rejects.toBe(reason);
  world.server.faults.resume();
});

test('credentials that are refused end connecting with AuthFailedError, and nothing stays open', async () => {
  await using server = await startEmbeddedServer();
  await expect(connect(server.hosts, { auth: [{ scheme: 'nonsense', credential: 'x' }] })).rejects.toBeInstanceOf(AuthFailedError);
  expect(server.sessions().filter(({ connected }) => connected)).toEqual([]);
});

test('closing settles every call, tells the server, and takes no longer than it may', async () => {
  await using world = await World.start();
  const client = await world.client({ closeTimeoutMs: 300 });
  world.server.faults.pause();
  const calls = [client.get('/'), client.create('/a'), client.whenChanged('/'), client.connected().then(() => client.get('/'))];
  const settled = Promise.allSettled(calls);
  const startedMs = client.now();
  const closing = client.close();
  expect(client.close()).toEqual(closing);
  await closing;
  expect(client.now() - startedMs, 'less than it may unless it is told').toBeLessThan(5_000);
  for (const result of await settled) expect(result).toMatchObject({ status: 'rejected', reason: { name: 'ClosedError' } });
  expect(client.state).toBe('closed');
  await expect(client.get('/')).rejects.toBeInstanceOf(ClosedError);
  await expect(client.connected()).rejects.toBeInstanceOf(ClosedError);
  world.server.faults.resume();
  const other = await world.client();
  await other.deleteAll('/a');
});

test('deleteForSure goes on through cuts and a lost quorum until the znode is gone, and does not hold up the end of its session', async () => {
  await using world = await World.start();
  const client = await world.client();
  const session = await client.connected();
  const { path } = await client.create('/a-', '', { mode: 'ephemeral-sequential' });
  world.server.faults.inject({ kind: 'cut-before-apply' }, { operation: 'delete' });
  world.server.faults.inject({ kind: 'refuse', code: 'NOTREADONLY' }, { operation: 'delete' });
  world.server.faults.inject({ kind: 'cut-after-apply' }, { operation: 'delete' });
  expect(await client.deleteForSure(path, { session })).toBeUndefined();
  expect(world.server.paths()).toEqual([]);
  world.server.expireSession(session.id);
  await client.deleteForSure('/never-there', { session });
});

test('what a deletion in the background meets that is no passing trouble is told to its caller, and on errors$', async () => {
  await using world = await World.start();
  const client = await world.client();
  const session = await client.connected();
  using errors = new Probe(client.errors$);
  world.server.faults.inject({ kind: 'refuse', code: 'NOAUTH' }, { operation: 'delete' });
  const refusal = await client.deleteForSure('/a', { session });
  expect(refusal).toMatchObject({ name: 'NoAuthError', path: '/a' });
  expect(await errors.next()).toBe(refusal);
});

test('operations and states are told on diagnostics channels', async () => {
  const operations: unknown[] = [];
  const states: unknown[] = [];
  const onOperation = (message: unknown) => operations.push(message);
  const onState = (message: unknown) => states.push(message);
  channel('docent:operation').subscribe(onOperation);
  channel('docent:state').subscribe(onState);
  await using server = await startEmbeddedServer();
  const client = await connect(server.hosts);
  await client.create('/a');
  await expect(client.create('/a')).rejects.toThrow();
  await client.close();
  channel('docent:operation').unsubscribe(onOperation);
  channel('docent:state').unsubscribe(onState);
  expect(operations).toMatchObject([
    { operation: 'connect', outcome: 'ok' },
    { operation: 'create', path: '/a', outcome: 'ok', attempts: 1 },
    { operation: 'create', path: '/a', outcome: 'refused', attempts: 1 },
  ]);
  expect(states).toMatchObject([
    { from: 'connecting', to: 'connected' },
    { from: 'connected', to: 'closed' },
  ]);
});

test('a bound on waiting requests is kept to', async () => {
  await using world = await World.start();
  const client = await world.client({ maxPendingRequests: 10 });
  world.server.faults.pause();
  const calls = Array.from({ length: 12 }, () => client.exists('/'));
  const over = Promise.allSettled(calls.slice(10));
  expect(await over).toMatchObject([
    { status: 'rejected', reason: { name: 'TooManyRequestsError', limit: 10 } },
    { status: 'rejected', reason: { name: 'TooManyRequestsError', limit: 10 } },
  ]);
  world.server.faults.resume();
  await Promise.all(calls.slice(0, 10));
});

test('a request that was not sent says so', async () => {
  await using server = await startEmbeddedServer();
  await using client = await connect(server.hosts, { retry: () => 'stop' });
  using states = new Probe(client.state$);
  await server.faults.stop();
  await states.until(is('suspended'));
  const waiting = client.exists('/', { timeoutMs: 50 });
  await expect(waiting).rejects.toMatchObject({ outcome: 'not-sent' });
  await expect(waiting).rejects.not.toBeInstanceOf(NotSentError);
  await server.faults.start();
});
