import { expect } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { contract, rejection } from './contract.ts';

contract('a session begins with a notice, an id and a timeout', async (world) => {
  const session = world.open();
  expect(session.driver.sessionId).toBe(0n);
  expect(session.driver.validUntilMs).toBe(Number.NEGATIVE_INFINITY);
  expect(await session.seen('connected')).toMatchObject({ resumed: false, readOnly: false });
  expect(session.driver.sessionId).not.toBe(0n);
  expect(session.driver.sessionTimeoutMs).toBe(6_000);
});

contract('every reply makes it known that the session lives on, counted from when the request was sent', async (world) => {
  const session = world.open();
  await session.seen('connected');
  const beforeMs = systemClock.now();
  await session.exists('/');
  expect(session.driver.validUntilMs).toBeGreaterThanOrEqual(beforeMs + 6_000);
  expect(session.driver.validUntilMs).toBeLessThanOrEqual(systemClock.now() + 6_000);
});

contract('closing ends the session, tells so, completes the notices, and refuses what comes after', async (world) => {
  const session = world.open();
  await session.seen('connected');
  let isComplete = false;
  session.driver.notices$.subscribe({ complete: () => (isComplete = true) });
  await session.driver.close();
  expect(session.notices.at(-1)).toMatchObject({ kind: 'over', reason: 'closed' });
  expect(isComplete).toBe(true);
  expect(session.driver.validUntilMs).toBe(Number.NEGATIVE_INFINITY);
  expect(await rejection(session.exists('/'))).toMatchObject({
    name: 'NotSentError',
    cause: { name: 'SessionLostError', reason: 'closed' },
  });
  await session.driver.close();
  await session.driver[Symbol.asyncDispose]();
});

contract('closing settles every request, each once; those handed over before it are answered', async (world) => {
  const session = world.open();
  await session.seen('connected');
  const path = world.path('a');
  const creation = session.create(path);
  const reads = Array.from({ length: 500 }, () => session.exists(path));
  const closed = session.driver.close();
  const late = rejection(session.exists(path));
  await closed;
  expect(await late).toMatchObject({ outcome: 'not-sent' });
  expect((await creation).path).toBe(path);
  for (const { stat } of await Promise.all(reads)) expect(stat).not.toBeNull();
});

contract('closing before there is a connection is quick, and leaves no session behind', async (world) => {
  const session = world.open();
  const request = rejection(session.exists('/'));
  await session.driver.close();
  expect(await request).toMatchObject({ outcome: 'not-sent' });
  expect(session.notices.at(-1)).toMatchObject({ kind: 'over', reason: 'closed' });
});

const deadEnd = { host: '127.0.0.1', port: 1 };

contract('where a server cannot be reached, the next of the list is tried', async (world) => {
  const session = world.open({ hosts: [deadEnd, ...world.hosts] });
  await session.exists('/');
  expect(session.notices.at(-1)).toMatchObject({ kind: 'connected', resumed: false });
});

contract(
  'every server that cannot be reached is told of, and why',
  async (world) => {
    const session = world.open({ hosts: [deadEnd, ...world.hosts], clock: { ...systemClock, random: () => 0 } });
    await session.exists('/');
    expect(session.notices.map(({ kind }) => kind)).toEqual(['unreachable', 'connected']);
    expect(session.notices[0]).toMatchObject({ server: '127.0.0.1:1', cause: { code: 'ECONNREFUSED' } });
  },
  { only: 'wire' },
);

contract(
  'as long as no server can be reached, that is told from time to time',
  async (world) => {
    const session = world.open({ hosts: [deadEnd], sessionTimeoutMs: 600 });
    expect(await session.seen('unreachable', 3)).toMatchObject({ server: '127.0.0.1:1', cause: { name: 'ConnectionError' } });
    expect(session.notices.map(({ kind }) => kind)).not.toContain('connected');
  },
  { only: 'zookeeper' },
);

contract('what cannot be had of the driver ends the session before it begins, and nothing else is tried instead', async (world) => {
  const wishes = { tls: { tls: {} }, readOnly: { readOnly: true } } as const;
  for (const [capability, wish] of Object.entries(wishes)) {
    const session = world.open(wish);
    if (session.driver.capabilities[capability as keyof typeof wishes]) continue;
    expect(await session.seen('over')).toMatchObject({ reason: 'unusable', cause: { name: 'UnsupportedError' } });
    expect(session.notices).toHaveLength(1);
    expect(await rejection(session.exists('/'))).toMatchObject({ name: 'NotSentError', cause: { reason: 'unusable' } });
  }
});

contract('a name that cannot be looked up is told of like a server that cannot be reached', async (world) => {
  const session = world.open({
    hosts: [{ host: 'no-such-host.invalid', port: 1 }, ...world.hosts],
    clock: { ...systemClock, random: () => 0 },
  });
  await session.exists('/');
  expect(session.notices.map(({ kind }) => kind)).toEqual(['unreachable', 'connected']);
});
